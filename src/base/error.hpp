#pragma once

#include <string>
#include <string_view>

namespace packhouse {

/// What kind of fault an Error is. The HTTP edge and the CLI edge each map every code exactly once.
enum class Errc {
  invalid_input,    ///< the caller's input is wrong; the message says how
  refused,          ///< the input is well formed, and a named check refuses what it asks for
  unauthenticated,  ///< no credential, or one that was never issued
  forbidden,        ///< a known caller without this permission
  not_found,        ///< it does not exist, or this caller may not know that it does
  conflict,         ///< the state of the thing forbids it (other bytes under this filename, …)
  gone,             ///< it existed once (an expired artifact, a removed endpoint)
  too_large,        ///< over a stated limit
  rate_limited,     ///< the peer asks for a longer wait than is allowed
  unavailable,      ///< a peer or a resource did not answer; trying later may succeed
  cancelled,        ///< the user or a signal stopped it
  internal,         ///< a fault of this program
};

/// The code's stable name, e.g. "invalid_input".
std::string_view to_string(Errc code) noexcept;

/// An expected failure. `message` says what was expected and what was found; `hint` says what to do, and
/// may be empty. Neither ever holds a secret: whatever comes from a peer or a user is passed through
/// quote() first.
struct Error {
  Errc code = Errc::internal;
  std::string message;
  std::string hint = {};

  /// The same error with `what` in front: "what: message".
  Error context(std::string_view what) &&;
  Error context(std::string_view what) const&;

  bool operator==(const Error&) const = default;
};

/// `text` in double quotes with control characters and non-UTF-8 bytes escaped, cut to `limit` bytes with
/// an ellipsis: bytes from outside may be shown only so.
std::string quote(std::string_view text, std::size_t limit = 120);

}  // namespace packhouse
