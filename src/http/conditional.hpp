#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace packhouse::http {

/// Whether an If-None-Match field names `etag` (RFC 9110 section 13.1.2: weak comparison; a list, or "*").
/// True means 304 to GET and HEAD. A malformed list matches nothing from its fault on.
bool matches_etag(std::string_view if_none_match, std::string_view etag) noexcept;

/// What a Range field asks of a representation of `size` bytes.
struct ByteRange {
  enum class Kind {
    whole,         ///< no range, one that must be ignored, or several: send 200
    part,          ///< send 206 with [first, first + length)
    unsatisfiable  ///< send 416
  };
  Kind kind = Kind::whole;
  std::uint64_t first = 0;
  std::uint64_t length = 0;
  bool operator==(const ByteRange&) const = default;
};

/// RFC 9110 section 14.2, for "bytes" and one range. `if_range` (section 13.1.5) is the If-Range field; only
/// an equal strong entity tag lets the range stand, a date never does: no file here has one.
ByteRange parse_range(std::string_view range, std::optional<std::string_view> if_range, std::string_view etag,
                      std::uint64_t size) noexcept;

}  // namespace packhouse::http
