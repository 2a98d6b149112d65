#pragma once

#include <memory>

#include "store/session_store.hpp"
#include "store/sql/transactions.hpp"

namespace packhouse::sql {

/// The sessions of a database; `transactions` outlives them.
std::unique_ptr<SessionStore> make_session_store(Transactions& transactions);

}  // namespace packhouse::sql
