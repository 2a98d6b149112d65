#include "base/control_characters.hpp"

#include "base/text.hpp"

namespace packhouse {
namespace {

bool begins(std::string_view text, std::string_view lead, char first, char last) noexcept {
  return text.starts_with(lead) && text.size() > lead.size() && text[lead.size()] >= first &&
         text[lead.size()] <= last;
}

}  // namespace

std::size_t control_length(std::string_view text) noexcept {
  if (text.empty()) return 0;
  const auto byte = static_cast<unsigned char>(text.front());
  if (byte < 0x20 || byte == 0x7f) return 1;
  if (begins(text, "\xc2", '\x80', '\x9f')) return 2;
  if (begins(text, "\xe2\x80", '\xa8', '\xae') || begins(text, "\xe2\x81", '\xa6', '\xa9')) return 3;
  return 0;
}

bool holds_control(std::string_view text) noexcept {
  for (; !text.empty(); text.remove_prefix(1)) {
    if (control_length(text) > 0) return true;
  }
  return false;
}

bool is_plain_line(std::string_view text) noexcept {
  return is_utf8(text) && !holds_control(text);
}

}  // namespace packhouse
