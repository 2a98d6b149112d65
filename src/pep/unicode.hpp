#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace packhouse::unicode {

// Python's string methods, for the places where the reference implementation's answer depends on them. Bytes
// that are not UTF-8 belong to no class and stay as they are.

struct CodePoint {
  char32_t value = 0;
  std::size_t length = 0;  ///< bytes; 0 at the end
};

/// The code point at `position`; U+FFFD with length 1 where the bytes are not UTF-8.
CodePoint decode(std::string_view text, std::size_t position) noexcept;
void append(std::string& out, char32_t value);

/// str.isspace() of one code point, which is also what `\s` matches.
bool is_space(char32_t value) noexcept;
/// What `\w` matches.
bool is_word(char32_t value) noexcept;

/// str.strip()
std::string_view trim(std::string_view text) noexcept;
std::string_view trim_left(std::string_view text) noexcept;
std::string_view trim_right(std::string_view text) noexcept;

/// Bytes of white space that `text` has from `position` on.
std::size_t space_length(std::string_view text, std::size_t position) noexcept;

/// str.lower()
std::string lower(std::string_view text);

/// str.isidentifier(); keywords are identifiers to it.
bool is_identifier(std::string_view text) noexcept;
/// keyword.iskeyword()
bool is_keyword(std::string_view text) noexcept;

}  // namespace packhouse::unicode
