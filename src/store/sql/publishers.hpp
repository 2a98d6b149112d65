#pragma once

#include <memory>

#include "store/publisher_store.hpp"
#include "store/sql/transactions.hpp"

namespace packhouse::sql {

/// The publishers of a database; `transactions` outlives it.
std::unique_ptr<PublisherStore> make_publisher_store(Transactions& transactions);

}  // namespace packhouse::sql
