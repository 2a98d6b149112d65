#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "store/sql/transactions.hpp"

namespace packhouse::sql {

/// Sets the identity of every release older than migration 5. A release whose version equals another one of
/// its project (1.0 and 1.0.0) is merged into the older one: its files stay yanked or not as they were, and
/// all are blocked if either was. Each merge has a ledger entry and a new serial. One transaction; once done,
/// later calls read only and take no lock.
Status adopt_identities(Transactions& transactions, Timestamp now);

}  // namespace packhouse::sql
