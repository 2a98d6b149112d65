#include "model/release.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace packhouse {
namespace {

constexpr std::size_t max_reason = 1000;

std::string with_reason(std::string message, std::string_view reason) {
  if (!reason.empty()) message += fmt::format(": {}", reason);
  return message;
}

bool is_control(char c) noexcept {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

}  // namespace

std::string blocked_message(const ReleaseName& release, std::string_view reason) {
  return with_reason(fmt::format("release {} of {} is blocked", release.version.str(), release.project.str()),
                     reason);
}

std::string project_state_message(std::string_view project, const ProjectState& state) {
  return with_reason(fmt::format("project {} is {}", project, to_string(state.status)), state.reason);
}

std::optional<std::string> withheld(const ProjectName& project, const ProjectState& state,
                                    const Release& release) {
  if (!offers_files(state.status)) return project_state_message(project.str(), state);
  if (release.blocked) return blocked_message({project, release.version}, *release.blocked);
  return std::nullopt;
}

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
