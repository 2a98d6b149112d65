#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/counter.hpp"
#include "base/error.hpp"

namespace packhouse::api {

/// What became of a file that was sent: by a legacy upload, or in a session, whose files count once it is
/// published or refuses one of them.
enum class UploadOutcome {
  added,       ///< it is in the index now
  unchanged,   ///< it was there already, with the same bytes
  refused,     ///< by a check, a permission, a state or a name that is taken
  too_large,   ///< by a limit of sizes or numbers
  busy,        ///< there were too many uploads
  no_room,     ///< limits.free-space
  failed,      ///< a fault of the server's
  broken_off,  ///< the client ended its connection, or was too slow
};
inline constexpr std::size_t upload_outcomes = 8;

/// "added", "too-large", …
std::string_view to_string(UploadOutcome outcome) noexcept;
/// Of an upload that was refused by that error.
UploadOutcome outcome_of_refusal(Errc code) noexcept;

/// How often each came about since the start. Thread-safe.
class UploadCounts {
 public:
  void add(UploadOutcome outcome, std::uint64_t count = 1) noexcept {
    counts_.at(static_cast<std::size_t>(outcome)).add(count);
  }
  std::uint64_t of(UploadOutcome outcome) const noexcept {
    return counts_.at(static_cast<std::size_t>(outcome)).value();
  }

 private:
  std::array<Counter, upload_outcomes> counts_;
};

}  // namespace packhouse::api
