#include "store/ledger.hpp"

#include <fmt/format.h>

namespace packhouse {
namespace {

Error broken(std::int64_t sequence, std::string_view why) {
  return {Errc::conflict, fmt::format("the ledger is broken at entry {}: {}", sequence, why),
          "compare the database with a backup: an entry was changed, added or removed outside packhouse"};
}

/// The hash of the entry that comes before the first.
const std::string genesis(64, '0');

}  // namespace

Status check_link(const LedgerEntry& entry, std::int64_t sequence, std::string_view hash) {
  const std::int64_t expected = sequence + 1;
  if (entry.sequence != expected) {
    return broken(expected, fmt::format("it is missing, the next one found is {}", entry.sequence));
  }
  if (entry.previous != hash) {
    return broken(expected, fmt::format("it follows {}, but the entry before it has {}",
                                        quote(entry.previous), quote(hash)));
  }
  const std::string contents = ledger_hash(entry);
  if (entry.hash == contents) return success();
  return broken(expected,
                fmt::format("its contents give the hash {}, found {}", contents, quote(entry.hash)));
}

std::string ledger_hash(const LedgerEntry& entry) {
  const LedgerNote& note = entry.note;
  const json::Object fields{
      {"sequence", entry.sequence},
      {"time", to_iso8601(entry.time)},
      {"actor", {{"kind", note.actor.kind}, {"id", note.actor.id}, {"address", note.actor.address}}},
      {"action", note.action},
      {"subject", note.subject},
      {"reason", note.reason},
      {"detail", note.detail},
      {"previous", entry.previous},
  };
  return Sha256::of(json::canonical(fields)).hex();
}

Result<std::int64_t> verify_ledger(LedgerStore& ledger) {
  constexpr std::size_t page = 1000;
  std::int64_t sound = 0;
  std::string hash = genesis;
  while (true) {
    TRY(const auto entries, ledger.entries(sound, page));
    for (const LedgerEntry& entry : entries) {
      CHECK_OK(check_link(entry, sound, hash));
      sound = entry.sequence;
      hash = entry.hash;
    }
    if (entries.size() < page) return sound;
  }
}

}  // namespace packhouse
