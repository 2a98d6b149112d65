#include "pep/email_message.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace packhouse {
namespace {

constexpr std::string_view unix_from = "From ";

// The next line with its ending, which is "\n", "\r\n" or a lone "\r".
std::string_view take_line(std::string_view& rest) {
  const auto end = rest.find_first_of("\r\n");
  std::size_t length = rest.size();
  if (end != std::string_view::npos) length = end + (rest.substr(end).starts_with("\r\n") ? 2 : 1);
  const auto line = rest.substr(0, length);
  rest.remove_prefix(length);
  return line;
}

// Visible ASCII without a colon, then a colon. The name may be empty.
bool has_name(std::string_view line) {
  const auto end = std::ranges::find_if(line, [](char c) { return c <= ' ' || c > '~' || c == ':'; });
  return end != line.end() && *end == ':';
}

bool is_continuation(std::string_view line) {
  return line.starts_with(' ') || line.starts_with('\t');
}

bool is_header(std::string_view line) {
  return is_continuation(line) || line.starts_with(unix_from) || has_name(line);
}

std::string_view without_line_end(std::string_view text) {
  const auto last = text.find_last_not_of("\r\n");
  return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

}  // namespace

EmailMessage read_email_message(std::string_view bytes, std::size_t max_fields) {
  EmailMessage message;
  std::string_view rest = bytes;
  std::string_view pushed_back;
  bool open = false;  // a continuation line belongs to the last field
  bool first = true;
  while (!rest.empty()) {
    const auto before = rest;
    const auto line = take_line(rest);
    if (!is_header(line)) {
      // An empty line is the separator; any other is the body's first.
      if (line != "\n" && line != "\r" && line != "\r\n") rest = before;
      break;
    }
    if (is_continuation(line)) {
      if (open) message.fields.back().value += line;
    } else if (line.starts_with(unix_from)) {
      // The mark of a mailbox is nothing at the start and dropped further on, except as the last line of the
      // headers: there it is taken for the body's first.
      open = false;
      auto next = rest;
      if (!first && !is_header(take_line(next))) pushed_back = line;
    } else {
      const auto colon = line.find(':');
      open = colon > 0;
      if (open) {
        if (message.fields.size() == max_fields) {
          message.too_many_fields = true;
          return message;
        }
        auto value = line.substr(colon + 1);
        value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
        message.fields.push_back({line.substr(0, colon), std::string(value)});
      }
    }
    first = false;
  }
  for (auto& field : message.fields)
    field.value.resize(without_line_end(field.value).size());
  message.body = std::string(pushed_back) + std::string(rest);
  return message;
}

}  // namespace packhouse
