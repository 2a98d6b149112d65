#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "store/sql/transactions.hpp"

namespace packhouse::sql {

/// Gives every release of before migration 5 its identity. One that is the same version as another of its
/// project (1.0 and 1.0.0) goes into the one that came first: its files stay yanked or not as they were, and
/// all are blocked if either was. Each such joining has an entry in the ledger and a new serial. One
/// transaction; nothing to do, and nothing locked, ever after.
Status adopt_identities(Transactions& transactions, Timestamp now);

}  // namespace packhouse::sql
