#include "base/reason.hpp"

#include <fmt/format.h>

#include "base/control_characters.hpp"
#include "base/text.hpp"

namespace packhouse {
namespace {

constexpr std::size_t max_reason = 1000;

}  // namespace

Result<std::string> parse_reason(std::string_view text, std::string_view hint) {
  const auto reason = trim(text);
  if (!reason.empty() && reason.size() <= max_reason && is_plain_line(reason)) return std::string(reason);
  return Error{
      Errc::invalid_input,
      fmt::format("reason: expected 1 to {} bytes of text in one line, found {}", max_reason, quote(text)),
      std::string(hint)};
}

Result<std::string> parse_optional_reason(std::string_view text) {
  if (trim(text).empty()) return std::string{};
  return parse_reason(text, "leave it out, or say why: the ledger keeps it");
}

}  // namespace packhouse
