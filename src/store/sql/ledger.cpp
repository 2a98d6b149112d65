#include "store/sql/ledger.hpp"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "store/ledger.hpp"
#include "store/sql/ledger_queries.hpp"
#include "store/sql/rows.hpp"
#include "store/sql/text_rules.hpp"

namespace packhouse::sql {
namespace {

LedgerRow to_row(const LedgerEntry& entry) {
  const LedgerNote& note = entry.note;
  return {entry.sequence,
          to_number(entry.time),
          note.actor.kind,
          note.actor.id,
          note.actor.address,
          note.action,
          note.subject,
          note.reason,
          json::canonical(note.detail),
          entry.previous,
          entry.hash};
}

/// An error, not an exception, for a detail that is not JSON: verification names the entry that was
/// rewritten.
Result<LedgerEntry> to_entry(const LedgerRow& row) {
  const auto& [sequence, time, kind, id, address, action, subject, reason, detail, previous, hash] = row;
  auto parsed = json::parse(detail);
  if (!parsed.ok() || !parsed->is_object()) {
    return Error{Errc::conflict,
                 fmt::format("the ledger is broken at entry {}: its detail is no JSON object", sequence)};
  }
  return LedgerEntry{.sequence = sequence,
                     .time = to_time(time),
                     .note = {.actor = {.kind = kind, .id = id, .address = address},
                              .action = action,
                              .subject = subject,
                              .reason = reason,
                              .detail = std::move(*parsed).as_object()},
                     .previous = previous,
                     .hash = hash};
}

Status check_texts(const LedgerNote& note) {
  CHECK_OK(check_text("actor.kind", note.actor.kind));
  CHECK_OK(check_text("actor.id", note.actor.id));
  CHECK_OK(check_text("actor.address", note.actor.address));
  CHECK_OK(check_text("action", note.action));
  CHECK_OK(check_text("subject", note.subject));
  CHECK_OK(check_text("reason", note.reason));
  // Parsed as it will be read: a detail that is too deep or not UTF-8 must fail now, not at verification.
  const auto detail = json::parse(json::canonical(note.detail));
  return detail.ok() ? success() : Status{detail.error().context("detail")};
}

class SqlLedger final : public LedgerStore {
 public:
  explicit SqlLedger(Transactions& transactions) : transactions_(transactions) {}

  Result<std::vector<LedgerEntry>> entries(std::int64_t after, std::size_t limit) override {
    return transactions_.read([&](Connection& connection) -> Result<std::vector<LedgerEntry>> {
      std::vector<LedgerRow> rows;
      connection.each<ListEntries>({after, to_limit(limit)},
                                   [&](LedgerRow row) { rows.push_back(std::move(row)); });
      std::vector<LedgerEntry> entries;
      for (const LedgerRow& row : rows) {
        TRY(auto entry, to_entry(row));
        entries.push_back(std::move(entry));
      }
      return entries;
    });
  }

  Status append(const LedgerNote& note, Timestamp now) override {
    return transactions_.write(
        [&](Connection& connection) { return append_to_ledger(connection, note, now); });
  }

 private:
  Transactions& transactions_;
};

}  // namespace

Status append_to_ledger(Connection& connection, const LedgerNote& note, Timestamp time) {
  CHECK_OK(check_texts(note));
  const auto last = connection.one<FindLastEntry>({});
  LedgerEntry entry{.sequence = last ? std::get<0>(*last) + 1 : 1,
                    .time = time,
                    .note = note,
                    .previous = last ? std::get<1>(*last) : std::string(64, '0'),
                    .hash = {}};
  entry.hash = ledger_hash(entry);
  connection.run<InsertEntry>(to_row(entry));
  return success();
}

Status append_change(Connection& connection, const DatedNote& dated, json::Object before,
                     json::Object after) {
  LedgerNote note = dated.note;
  note.detail["before"] = std::move(before);
  note.detail["after"] = std::move(after);
  return append_to_ledger(connection, note, dated.now);
}

std::unique_ptr<LedgerStore> make_ledger_store(Transactions& transactions) {
  return std::make_unique<SqlLedger>(transactions);
}

}  // namespace packhouse::sql
