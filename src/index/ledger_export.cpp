#include "index/ledger_export.hpp"

#include <fmt/format.h>

#include "store/ledger.hpp"

namespace packhouse::index {
namespace {

constexpr std::string_view format_name = "packhouse-ledger-head-1";
constexpr std::size_t page = 1000;
const std::string genesis(64, '0');

}  // namespace

std::string LedgerHead::text() const {
  return json::canonical(json::Object{
             {"format", format_name}, {"entries", entries}, {"hash", hash}, {"time", to_iso8601(time)}}) +
         "\n";
}

Result<LedgerHead> LedgerHead::parse(std::string_view text) {
  TRY(const auto value, json::parse(text));
  if (!value.is_object()) return Error{Errc::invalid_input, "expected a ledger's head as a JSON object"};
  const auto& object = value.get_object();
  LedgerHead head;
  TRY(head.entries, json::get_int(object, "entries"));
  TRY(head.hash, json::get_string(object, "hash"));
  TRY(const auto time, json::get_string(object, "time"));
  TRY(head.time, parse_iso8601(time));
  if (head.text() == text) return head;
  return Error{Errc::invalid_input,
               "expected a ledger's head as packhouse ledger export writes it, found " + quote(text)};
}

std::string ledger_line(const LedgerEntry& entry) {
  const auto& note = entry.note;
  return json::canonical(json::Object{
      {"sequence", entry.sequence},
      {"time", to_iso8601(entry.time)},
      {"actor", {{"kind", note.actor.kind}, {"id", note.actor.id}, {"address", note.actor.address}}},
      {"action", note.action},
      {"subject", note.subject},
      {"reason", note.reason},
      {"detail", note.detail},
      {"previous", entry.previous},
      {"hash", entry.hash}});
}

Result<std::vector<LedgerEntry>> ledger_page(const Context& context, std::int64_t after, std::size_t limit) {
  return context.store.ledger().entries(after, limit);
}

Result<LedgerHead> read_ledger(LedgerStore& ledger, Timestamp now,
                               const std::function<Status(std::string_view line)>& take) {
  LedgerHead head{.entries = 0, .hash = genesis, .time = now};
  while (true) {
    TRY(const auto entries, ledger.entries(head.entries, page));
    for (const auto& entry : entries) {
      CHECK_OK(check_link(entry, head.entries, head.hash));
      head.entries = entry.sequence;
      head.hash = entry.hash;
      CHECK_OK(take(ledger_line(entry)));
    }
    if (entries.size() < page) return head;
  }
}

Result<LedgerHead> verify_against(LedgerStore& ledger, Timestamp now, const LedgerHead& head) {
  TRY(const auto found, read_ledger(ledger, now, [](std::string_view) { return success(); }));
  if (found.entries < head.entries) {
    return Error{Errc::conflict,
                 fmt::format("the ledger was cut off: it had {} entries on {}, and has {}", head.entries,
                             to_iso8601(head.time), found.entries),
                 "compare the database with a backup"};
  }
  if (head.entries == 0) return found;
  TRY(const auto entries, ledger.entries(head.entries - 1, 1));
  if (entries.size() == 1 && entries.front().hash == head.hash) return found;
  return Error{Errc::conflict,
               fmt::format("the ledger was rewritten: entry {} had the hash {} on {}, and has another",
                           head.entries, head.hash, to_iso8601(head.time)),
               "compare the database with a backup"};
}

}  // namespace packhouse::index
