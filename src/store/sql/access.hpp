#pragma once

#include <memory>

#include "store/access_store.hpp"
#include "store/sql/transactions.hpp"

namespace packhouse::sql {

/// The tokens, users and roles of a database; `transactions` outlives them.
std::unique_ptr<AccessStore> make_access_store(Transactions& transactions);

}  // namespace packhouse::sql
