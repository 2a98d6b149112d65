#pragma once

#include <memory>

#include "store/catalog_store.hpp"
#include "store/sql/transactions.hpp"

namespace packhouse::sql {

/// The indexes and projects of a database; `transactions` outlives them.
std::unique_ptr<CatalogStore> make_catalog_store(Transactions& transactions);

}  // namespace packhouse::sql
