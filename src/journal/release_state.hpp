#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "evidence/check.hpp"
#include "journal/journal.hpp"

namespace packhouse::journal {

/// How a release stands, as far as the journal of this machine tells.
struct ReleaseState {
  enum class Kind : std::uint8_t {
    unknown,     ///< nothing is on record
    unfinished,  ///< a step was begun and did not end: interrupted, killed, or at work now
    failed,      ///< a step could not be done to its end; nothing was refused
    refused,     ///< a named check refused before anything was exposed
    blocked,     ///< it was exposed and must not be used: its smoke check failed, or it was rolled back
    yanked,      ///< rolled back on an index whose policy lets whoever pins it have it still
    released,
  };
  Kind kind = Kind::unknown;
  std::string step = {};    ///< what decided it: "verify", "smoke", …
  std::string since = {};   ///< when, as ISO 8601
  std::string reason = {};  ///< the checks that refused, the error, or an owner's words

  /// It must not be published again.
  bool withdrawn() const noexcept { return kind == Kind::blocked || kind == Kind::yanked; }
  bool operator==(const ReleaseState&) const = default;
};

/// "unknown", "unfinished", …
std::string_view to_string(ReleaseState::Kind kind) noexcept;

/// From the entries of a journal, in their order. A release or a block outlasts whatever is tried after it: a
/// release until it is withdrawn, a block or a yank until an unblock. A smoke check of its own changes
/// nothing.
ReleaseState state_of(const std::vector<JournalEntry>& entries);

/// Before anything else of a promotion: whether this machine's journal blocks the version.
Check decide_not_blocked(const ReleaseState& state);

/// Whether an owner may lift the block: conflict when the version is neither blocked nor yanked,
/// invalid_input without a reason.
Status can_unblock(const Journal& journal, std::string_view reason);
/// Records that an owner lifted it, and why; the same errors.
Status unblock(Journal& journal, std::string_view actor, std::string_view reason);

}  // namespace packhouse::journal
