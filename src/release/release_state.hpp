#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "release/check.hpp"
#include "release/journal.hpp"

namespace packhouse::release {

/// How a release stands, as far as the journal of this machine tells.
struct ReleaseState {
  enum class Kind : std::uint8_t {
    unknown,     ///< nothing is on record
    unfinished,  ///< a step was begun and did not end: interrupted, killed, or at work now
    failed,      ///< a step could not be done to its end; nothing was refused
    refused,     ///< a named check refused before anything was exposed
    blocked,     ///< it was exposed and must not be used: its smoke check failed, or an owner said so
    released,
  };
  Kind kind = Kind::unknown;
  std::string step = {};    ///< what decided it: "verify", "smoke", …
  std::string since = {};   ///< when, as ISO 8601
  std::string reason = {};  ///< the checks that refused, the error, or an owner's words

  bool operator==(const ReleaseState&) const = default;
};

/// "unknown", "unfinished", …
std::string_view to_string(ReleaseState::Kind kind) noexcept;

/// From the entries of a journal, in their order. A release or a block outlasts whatever is tried after it: a
/// release until it is blocked, a block until an unblock. A smoke check of its own changes nothing.
ReleaseState state_of(const std::vector<JournalEntry>& entries);

/// Before anything else of a promotion: whether this machine's journal blocks the version.
Check decide_not_blocked(const ReleaseState& state);

/// Records that an owner lifted the block, and why. conflict when the version is not blocked, invalid_input
/// without a reason.
Status unblock(Journal& journal, std::string_view actor, std::string_view reason);

}  // namespace packhouse::release
