#include "pep/python_string.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "pep/unicode.hpp"

namespace packhouse {
namespace {

constexpr std::string_view single_names = "\\'\"abfnrtv";
constexpr std::string_view single_values = "\\'\"\a\b\f\n\r\t\v";

// The number that `digits` digits of `base` at `body` stand for; consumes them.
std::optional<std::uint32_t> take_number(std::string_view& body, std::size_t digits, int base) {
  std::uint32_t value = 0;
  const auto text = body.substr(0, digits);
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (code != std::errc{} || end != text.data() + digits) return std::nullopt;
  body.remove_prefix(digits);
  return value;
}

// One to three octal digits.
std::uint32_t take_octal(std::string_view& body) {
  const auto end = std::min(body.find_first_not_of("01234567"), body.size());
  return *take_number(body, std::min<std::size_t>(end, 3), 8);
}

bool append_code(std::string& out, std::optional<std::uint32_t> code) {
  const bool valid = code && *code <= 0x10ffff && (*code < 0xd800 || *code > 0xdfff);
  if (valid) unicode::append(out, *code);
  return valid;
}

// `body` begins after a backslash.
bool take_escape(std::string_view& body, std::string& out) {
  const char kind = body.front();
  if (kind >= '0' && kind <= '7') return append_code(out, take_octal(body));
  body.remove_prefix(1);
  if (const auto found = single_names.find(kind); found != std::string_view::npos) {
    out += single_values[found];
    return true;
  }
  switch (kind) {
    case '\r':  // with '\n' or without, the end of a line, which the backslash joins to the next
      if (body.starts_with('\n')) body.remove_prefix(1);
      return true;
    case '\n':
      return true;
    case 'x':
      return append_code(out, take_number(body, 2, 16));
    case 'u':
      return append_code(out, take_number(body, 4, 16));
    case 'U':
      return append_code(out, take_number(body, 8, 16));
    case 'N':
    case '\0':
      return false;
    default:
      out += '\\';
      out += kind;
      return true;
  }
}

}  // namespace

std::optional<std::string> python_string(std::string_view body) {
  std::string out;
  while (!body.empty()) {
    const auto plain = std::min(body.find_first_of(std::string_view("\\\n\r\0", 4)), body.size());
    out += body.substr(0, plain);
    body.remove_prefix(plain);
    if (body.empty()) break;
    if (body.front() != '\\' || body.size() == 1) return std::nullopt;
    body.remove_prefix(1);
    if (!take_escape(body, out)) return std::nullopt;
  }
  return out;
}

std::string python_literal(std::string_view value) {
  const char quote = value.contains('"') && !value.contains('\'') ? '\'' : '"';
  const bool plain = !value.contains(quote) && python_string(value) == value;
  std::string out(1, quote);
  for (const char c : value) {
    // A quote ends the literal even behind a backslash.
    if (!plain && (c == quote || c == '\\' || c == '\n' || c == '\r' || c == '\0')) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out + quote;
}

}  // namespace packhouse
