#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/signing_key.hpp"
#include "index/context.hpp"
#include "store/ledger_store.hpp"

namespace packhouse::index {

/// The end of a ledger at some time. A copy kept elsewhere proves later that nothing before it was changed
/// and that nothing was cut off.
struct LedgerHead {
  std::int64_t entries = 0;
  std::string hash;  ///< of the last of them; 64 zeros where there is none
  Timestamp time;    ///< when it was read

  /// Canonical JSON and a newline: what is signed.
  std::string text() const;
  /// Reads exactly what text() writes.
  static Result<LedgerHead> parse(std::string_view text);
  bool operator==(const LedgerHead&) const = default;
};

/// The entry as one line of JSON, canonical: without its `hash` member, that member's value is the line's
/// SHA-256.
std::string ledger_line(const LedgerEntry& entry);

/// At most `limit` entries after that one, of all indexes, in their order.
Result<std::vector<LedgerEntry>> ledger_page(const Context& context, std::int64_t after, std::size_t limit);

/// Walks the whole chain, passes each line to `take`, and returns the end. conflict, with the first broken
/// link, where the chain does not hold.
Result<LedgerHead> read_ledger(LedgerStore& ledger, Timestamp now,
                               const std::function<Status(std::string_view line)>& take);

/// Whether the chain holds and still goes through `head`: conflict where it ends before it or has another
/// entry there.
Result<LedgerHead> verify_against(LedgerStore& ledger, Timestamp now, const LedgerHead& head);

}  // namespace packhouse::index
