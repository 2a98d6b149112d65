#include "pep/unicode.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace packhouse::unicode {
namespace {

constexpr char32_t replacement = 0xfffd;

// XID_Start and XID_Continue are not quite their categories: these code points differ (Unicode's
// Other_ID_Start and Other_ID_Continue, and letters that normalisation turns into other characters).
constexpr std::array<char32_t, 24> not_start = {
    0x37a,  0xe33,  0xeb3,  0x2e2f, 0xfc5e, 0xfc5f, 0xfc60, 0xfc61, 0xfc62, 0xfc63, 0xfdfa,
    0xfdfb, 0xfe70, 0xfe72, 0xfe74, 0xfe76, 0xfe78, 0xfe7a, 0xfe7c, 0xfe7e, 0xff9e, 0xff9f};
constexpr std::array<char32_t, 4> also_start = {0x1885, 0x1886, 0x2118, 0x212e};
constexpr std::array<char32_t, 5> starts_no_more_but_continues = {0xe33, 0xeb3, 0xff9e, 0xff9f};

bool contains(const auto& list, char32_t value) {
  return std::ranges::find(list, value) != list.end();
}

utf8proc_category_t category(char32_t value) noexcept {
  return utf8proc_category(static_cast<utf8proc_int32_t>(value));
}

bool is_letter(utf8proc_category_t kind) noexcept {
  return kind >= UTF8PROC_CATEGORY_LU && kind <= UTF8PROC_CATEGORY_LO;
}

bool starts_identifier(char32_t value) noexcept {
  if (value < 0x80) return value == '_' || is_ascii_alpha(static_cast<char>(value));
  if (contains(also_start, value)) return true;
  const auto kind = category(value);
  return (is_letter(kind) || kind == UTF8PROC_CATEGORY_NL) && !contains(not_start, value);
}

bool continues_identifier(char32_t value) noexcept {
  if (value < 0x80) return value == '_' || is_ascii_alnum(static_cast<char>(value));
  if (starts_identifier(value) || contains(starts_no_more_but_continues, value)) return true;
  if (value == 0xb7 || value == 0x387 || value == 0x19da || (value >= 0x1369 && value <= 0x1371)) return true;
  const auto kind = category(value);
  return kind == UTF8PROC_CATEGORY_MN || kind == UTF8PROC_CATEGORY_MC || kind == UTF8PROC_CATEGORY_ND ||
         kind == UTF8PROC_CATEGORY_PC;
}

// Bytes of white space that `text` ends with.
std::size_t trailing_space_length(std::string_view text) noexcept {
  std::size_t end = text.size();
  while (end > 0) {
    std::size_t start = end - 1;
    while (start > 0 && end - start < 4 && (static_cast<unsigned char>(text[start]) & 0xc0U) == 0x80U)
      --start;
    const auto point = decode(text, start);
    if (start + point.length != end || !is_space(point.value)) break;
    end = start;
  }
  return text.size() - end;
}

}  // namespace

CodePoint decode(std::string_view text, std::size_t position) noexcept {
  if (position >= text.size()) return {};
  const std::string_view rest = text.substr(position);
  const std::size_t length = utf8_sequence_length(rest);
  const auto byte = [rest](std::size_t i) {
    return static_cast<char32_t>(static_cast<unsigned char>(rest[i]));
  };
  switch (length) {
    case 1:
      return {byte(0), 1};
    case 2:
      return {(byte(0) & 0x1fU) << 6U | (byte(1) & 0x3fU), 2};
    case 3:
      return {(byte(0) & 0x0fU) << 12U | (byte(1) & 0x3fU) << 6U | (byte(2) & 0x3fU), 3};
    case 4:
      return {
          (byte(0) & 0x07U) << 18U | (byte(1) & 0x3fU) << 12U | (byte(2) & 0x3fU) << 6U | (byte(3) & 0x3fU),
          4};
    default:
      return {replacement, 1};
  }
}

void append(std::string& out, char32_t value) {
  std::array<utf8proc_uint8_t, 4> bytes{};
  const auto length = utf8proc_encode_char(static_cast<utf8proc_int32_t>(value), bytes.data());
  for (utf8proc_ssize_t i = 0; i < length; ++i)
    out += static_cast<char>(bytes[static_cast<std::size_t>(i)]);
}

bool is_space(char32_t value) noexcept {
  if (value < 0x80) return (value >= 0x09 && value <= 0x0d) || (value >= 0x1c && value <= 0x20);
  return value == 0x85 || value == 0xa0 || value == 0x1680 || (value >= 0x2000 && value <= 0x200a) ||
         value == 0x2028 || value == 0x2029 || value == 0x202f || value == 0x205f || value == 0x3000;
}

bool is_word(char32_t value) noexcept {
  if (value < 0x80) return value == '_' || is_ascii_alnum(static_cast<char>(value));
  const auto kind = category(value);
  return is_letter(kind) || kind == UTF8PROC_CATEGORY_ND || kind == UTF8PROC_CATEGORY_NL ||
         kind == UTF8PROC_CATEGORY_NO;
}

std::size_t space_length(std::string_view text, std::size_t position) noexcept {
  const std::size_t start = position;
  while (position < text.size()) {
    if (text[position] > ' ' && text[position] < '\x7f') break;  // nearly always
    const auto point = decode(text, position);
    if (!is_space(point.value)) break;
    position += point.length;
  }
  return position - start;
}

std::string_view trim_left(std::string_view text) noexcept {
  return text.substr(space_length(text, 0));
}

std::string_view trim_right(std::string_view text) noexcept {
  return text.substr(0, text.size() - trailing_space_length(text));
}

std::string_view trim(std::string_view text) noexcept {
  return trim_right(trim_left(text));
}

std::string lower(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t position = 0; position < text.size();) {
    const auto point = decode(text, position);
    if (point.value < 0x80) {
      out += to_ascii_lower(text[position]);
    } else if (point.value == 0x130) {
      out += "i\xcc\x87";  // the one code point whose lower case is two
    } else if (point.value == replacement) {
      out += text.substr(position, point.length);
    } else {
      append(out, static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(point.value))));
    }
    position += point.length;
  }
  return out;
}

bool is_identifier(std::string_view text) noexcept {
  auto point = decode(text, 0);
  if (point.length == 0 || !starts_identifier(point.value)) return false;
  for (std::size_t position = point.length; position < text.size(); position += point.length) {
    point = decode(text, position);
    if (!continues_identifier(point.value)) return false;
  }
  return true;
}

bool is_keyword(std::string_view text) noexcept {
  constexpr std::array<std::string_view, 35> keywords = {
      "False", "None",     "True",  "and",    "as",   "assert", "async",  "await",    "break",
      "class", "continue", "def",   "del",    "elif", "else",   "except", "finally",  "for",
      "from",  "global",   "if",    "import", "in",   "is",     "lambda", "nonlocal", "not",
      "or",    "pass",     "raise", "return", "try",  "while",  "with",   "yield"};
  return std::ranges::find(keywords, text) != keywords.end();
}

}  // namespace packhouse::unicode
