#include "model/release.hpp"

#include <fmt/format.h>

namespace packhouse {
namespace {

std::string with_reason(std::string message, std::string_view reason) {
  if (!reason.empty()) message += fmt::format(": {}", reason);
  return message;
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

}  // namespace packhouse
