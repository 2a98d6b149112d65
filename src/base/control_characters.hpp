#pragma once

#include <cstddef>
#include <string_view>

namespace packhouse {

/// Bytes of the control character that `text` begins with; 0 if it begins with none. Control characters are
/// those of ASCII and of Latin-1 (U+0080 to U+009F), the separators of lines and paragraphs (U+2028, U+2029),
/// and what turns the direction of writing (U+202A to U+202E, U+2066 to U+2069): with them, a terminal or a
/// page shows another text than the one that is there.
std::size_t control_length(std::string_view text) noexcept;

/// Whether one is anywhere in `text`.
bool holds_control(std::string_view text) noexcept;

/// What a reason, a label and every other free text may hold that is stored and shown: UTF-8 in one line,
/// without control characters.
bool is_plain_line(std::string_view text) noexcept;

}  // namespace packhouse
