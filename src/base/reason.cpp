#include "base/reason.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace packhouse {
namespace {

constexpr std::size_t max_reason = 1000;

bool is_control(char c) noexcept {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

}  // namespace

Result<std::string> parse_reason(std::string_view text, std::string_view hint) {
  const auto reason = trim(text);
  const bool plain = is_utf8(reason) && std::ranges::none_of(reason, is_control);
  if (!reason.empty() && reason.size() <= max_reason && plain) return std::string(reason);
  return Error{
      Errc::invalid_input,
      fmt::format("reason: expected 1 to {} bytes of text in one line, found {}", max_reason, quote(text)),
      std::string(hint)};
}

}  // namespace packhouse
