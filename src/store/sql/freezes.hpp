#pragma once

#include <memory>

#include "store/freeze_store.hpp"
#include "store/sql/transactions.hpp"

namespace packhouse::sql {

/// Frozen moments of indexes, in a database; `transactions` outlives it.
std::unique_ptr<FreezeStore> make_freeze_store(Transactions& transactions);

}  // namespace packhouse::sql
