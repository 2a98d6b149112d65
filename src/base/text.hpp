#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace packhouse {

/// Length (1 to 4) of the well-formed UTF-8 sequence that `text` begins with; 0 if it begins with none
/// (overlong forms, surrogates and anything above U+10FFFF are not well formed).
std::size_t utf8_sequence_length(std::string_view text) noexcept;
bool is_utf8(std::string_view text) noexcept;

/// ASCII only, independent of the locale.
constexpr bool is_ascii_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}
constexpr bool is_ascii_alpha(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
constexpr bool is_ascii_alnum(char c) noexcept {
  return is_ascii_digit(c) || is_ascii_alpha(c);
}
constexpr char to_ascii_lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
/// The value of a hexadecimal digit in lower or upper case, or -1.
constexpr int hex_digit(char c) noexcept {
  if (is_ascii_digit(c)) return c - '0';
  const char lower = to_ascii_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}
std::string ascii_lower(std::string_view text);
bool iequals(std::string_view a, std::string_view b) noexcept;

/// Without leading and trailing bytes that are in `set`.
std::string_view trim(std::string_view text, std::string_view set = " \t\r\n") noexcept;
std::vector<std::string_view> split(std::string_view text, char separator);
std::string join(std::span<const std::string> parts, std::string_view separator);
std::string replace_all(std::string text, std::string_view from, std::string_view to);

/// The whole of `text` as an unsigned decimal number: no sign, no blank, no overflow.
std::optional<std::uint64_t> parse_decimal(std::string_view text) noexcept;

std::string to_hex(std::span<const std::uint8_t> bytes);
/// Lower or upper case digits; nullopt for an odd count or any other byte.
std::optional<std::vector<std::uint8_t>> from_hex(std::string_view text);
/// The same into `out`; false also when there are not exactly as many digits as fill it.
bool from_hex(std::string_view text, std::span<std::uint8_t> out) noexcept;

/// RFC 4648 section 4, padded.
std::string to_base64(std::string_view bytes);
/// RFC 4648 section 5, without padding.
std::string to_base64url(std::string_view bytes);
/// Accepts section 4 only: padded, without any other byte, and with zero bits under the padding, so that no
/// two texts decode to the same bytes.
std::optional<std::string> from_base64(std::string_view text);

/// RFC 3986: every byte that is not unreserved (or in `keep`) as %XX.
std::string percent_encode(std::string_view text, std::string_view keep = {});
/// nullopt for a broken escape. `plus_is_space` for query strings.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);

/// For text and double-quoted attribute values of HTML.
std::string html_escape(std::string_view text);

/// "1.2 MB", "17 bytes": decimal units.
std::string human_size(std::uint64_t bytes);

}  // namespace packhouse
