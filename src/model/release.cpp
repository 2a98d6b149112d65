#include "model/release.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "pep/version.hpp"

namespace packhouse {
namespace {

std::string with_reason(std::string message, std::string_view reason) {
  if (!reason.empty()) message += fmt::format(": {}", reason);
  return message;
}

}  // namespace

std::string blocked_message(std::string_view project, std::string_view version, std::string_view reason) {
  return with_reason(fmt::format("release {} of {} is blocked", version, project), reason);
}

std::string standing_message(std::string_view project, const ProjectStanding& standing) {
  return with_reason(fmt::format("project {} is {}", project, to_string(standing.status)), standing.reason);
}

std::optional<std::string> withheld(std::string_view project, const ProjectStanding& standing,
                                    const Release& release) {
  if (!offers_files(standing.status)) return standing_message(project, standing);
  if (release.blocked) return blocked_message(project, release.version, *release.blocked);
  return std::nullopt;
}

std::string identity_of(std::string_view version) {
  const auto parsed = Version::parse(version);
  return parsed.ok() ? parsed->identity() : std::string(version);
}

bool same_version(std::string_view a, std::string_view b) {
  return a == b || identity_of(a) == identity_of(b);
}

}  // namespace packhouse
