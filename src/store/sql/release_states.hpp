#pragma once

#include <memory>

#include "store/release_state_store.hpp"
#include "store/sql/transactions.hpp"

namespace packhouse::sql {

/// The states of a database's releases and projects; `transactions` outlives them.
std::unique_ptr<ReleaseStateStore> make_release_state_store(Transactions& transactions);

}  // namespace packhouse::sql
