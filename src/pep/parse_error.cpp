#include "pep/parse_error.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace packhouse {
namespace {

constexpr std::size_t before = 80;
constexpr std::size_t after = 80;

bool is_continuation(char byte) {
  return (static_cast<unsigned char>(byte) & 0xc0U) == 0x80U;
}

// quote() without the quotes and without its limit.
std::string escaped(std::string_view text) {
  const std::string quoted = quote(text, std::string::npos);
  return replace_all(replace_all(quoted.substr(1, quoted.size() - 2), "\\\"", "\""), "\\\\", "\\");
}

// Columns that a terminal needs: code points, as every one were one column wide.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char byte) { return !is_continuation(byte); }));
}

}  // namespace

ParseError ParseError::at(std::string_view text, std::size_t position, std::string message,
                          std::size_t length) {
  position = std::min(position, text.size());
  std::size_t start = position > before ? position - before : 0;
  // Not into the middle of a sequence, which would be shown escaped.
  while (start < position && is_continuation(text[start]))
    ++start;
  std::size_t end = std::min(text.size(), position + after);
  while (end > position && end < text.size() && is_continuation(text[end]))
    --end;
  return {.message = std::move(message),
          .excerpt = std::string(text.substr(start, end - start)),
          .column = position - start,
          .length = std::min(length, end - position),
          .position = position};
}

std::string ParseError::caret(std::size_t indent) const {
  const std::string_view all = excerpt;
  const std::size_t left = width(escaped(all.substr(0, column)));
  const std::size_t marked = width(escaped(all.substr(column, length)));
  return fmt::format("{0}{1}\n{0}{2}^{3}", std::string(indent, ' '), escaped(all), std::string(left, ' '),
                     std::string(marked > 1 ? marked - 1 : 0, '~'));
}

std::string ParseError::line() const {
  return fmt::format("{} at byte {} of {}", message, position, quote(excerpt, 160));
}

Error ParseError::to_error() const {
  return {Errc::invalid_input, line()};
}

std::optional<ParseError> check_length(std::string_view text) {
  if (text.size() <= max_parsed_bytes) return std::nullopt;
  return ParseError::at(text, max_parsed_bytes,
                        fmt::format("expected at most {} bytes, found {}", max_parsed_bytes, text.size()));
}

}  // namespace packhouse
