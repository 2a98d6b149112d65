#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/signing_key.hpp"
#include "store/ledger_store.hpp"

namespace packhouse::index {

/// How far a ledger had come: whoever keeps this can tell later that nothing before it was changed, and that
/// nothing was cut off.
struct LedgerHead {
  std::int64_t entries = 0;
  std::string hash;  ///< of the last of them; 64 zeros where there is none
  Timestamp time;    ///< when this was said

  /// Canonical JSON and a newline: what is signed.
  std::string text() const;
  /// Reads exactly what text() writes.
  static Result<LedgerHead> parse(std::string_view text);
  bool operator==(const LedgerHead&) const = default;
};

/// The entry as one line of JSON, canonical: without its `hash` member, that member's value is the line's
/// SHA-256.
std::string ledger_line(const LedgerEntry& entry);

/// Walks the whole chain, gives each line to `take`, and says how far it came. conflict, and the name of the
/// first broken link, where it does not hold.
Result<LedgerHead> read_ledger(LedgerStore& ledger, Timestamp now,
                               const std::function<Status(std::string_view line)>& take);

/// Does the chain hold, and does it still go through `head`? conflict where it was cut off before it or
/// has another entry there.
Result<LedgerHead> verify_against(LedgerStore& ledger, Timestamp now, const LedgerHead& head);

}  // namespace packhouse::index
