#pragma once

#include <memory>

#include "store/sql/transactions.hpp"
#include "store/usage_store.hpp"

namespace packhouse::sql {

/// `transactions` outlives it.
std::unique_ptr<UsageStore> make_usage_store(Transactions& transactions);

}  // namespace packhouse::sql
