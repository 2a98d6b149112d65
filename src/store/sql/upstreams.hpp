#pragma once

#include <memory>

#include "store/sql/transactions.hpp"
#include "store/upstream_store.hpp"

namespace packhouse::sql {

/// What was read from upstreams, in a database; `transactions` outlives it.
std::unique_ptr<UpstreamStore> make_upstream_store(Transactions& transactions);

}  // namespace packhouse::sql
