#pragma once

#include "store/sql/connection.hpp"

/// The queries of the ledger.
namespace packhouse::sql {

struct FindLastEntry {
  using Arguments = std::tuple<>;
  using Row = std::tuple<Number, Text>;  ///< sequence, hash
  static constexpr const char* sql = "SELECT sequence, hash FROM ledger ORDER BY sequence DESC LIMIT 1";
};

/// sequence, time, actor's kind, id and address, action, subject, reason, detail, previous, hash
using LedgerRow = std::tuple<Number, Number, Text, Text, Text, Text, Text, Text, Text, Text, Text>;

struct InsertEntry {
  using Arguments = LedgerRow;
  using Row = std::tuple<>;
  static constexpr const char* sql =
      "INSERT INTO ledger (sequence, time, actor_kind, actor_id, actor_address, action, subject, reason, "
      "detail, previous, hash) VALUES (:sequence, :time, :actor_kind, :actor_id, :actor_address, :action, "
      ":subject, :reason, :detail, :previous, :hash)";
};

struct ListEntries {
  using Arguments = std::tuple<Number, Number>;  ///< after, limit
  using Row = LedgerRow;
  static constexpr const char* sql =
      "SELECT sequence, time, actor_kind, actor_id, actor_address, action, subject, reason, detail, "
      "previous, "
      "hash FROM ledger WHERE sequence > :after ORDER BY sequence LIMIT :most";
};

}  // namespace packhouse::sql
