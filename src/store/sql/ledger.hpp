#pragma once

#include <memory>

#include "base/json.hpp"
#include "base/result.hpp"
#include "model/ledger_entry.hpp"
#include "store/ledger_store.hpp"
#include "store/sql/transactions.hpp"

namespace packhouse::sql {

/// A change's note and time.
struct DatedNote {
  const LedgerNote& note;
  Timestamp now;
};

/// Appends the next link. Only in a writing transaction: no other entry may come between reading the last
/// link and appending.
Status append_to_ledger(Connection& connection, const LedgerNote& note, Timestamp time);
/// The same, with "before" and "after" in the detail.
Status append_change(Connection& connection, const DatedNote& dated, json::Object before, json::Object after);

/// The ledger of a database; `transactions` outlives it.
std::unique_ptr<LedgerStore> make_ledger_store(Transactions& transactions);

}  // namespace packhouse::sql
