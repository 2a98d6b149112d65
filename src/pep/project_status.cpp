#include "pep/project_status.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace packhouse {
namespace {

constexpr std::array<std::pair<std::string_view, ProjectStatus>, 4> words = {
    {{"active", ProjectStatus::active},
     {"archived", ProjectStatus::archived},
     {"quarantined", ProjectStatus::quarantined},
     {"deprecated", ProjectStatus::deprecated}}};

}  // namespace

Result<ProjectStatus> parse_project_status(std::string_view text) {
  const auto* const found =
      std::ranges::find(words, text, &std::pair<std::string_view, ProjectStatus>::first);
  if (found != words.end()) return found->second;
  return Error{
      Errc::invalid_input,
      fmt::format("expected one of active, archived, quarantined and deprecated, found {}", quote(text))};
}

std::string_view to_string(ProjectStatus status) noexcept {
  return std::ranges::find(words, status, &std::pair<std::string_view, ProjectStatus>::second)->first;
}

bool accepts_uploads(ProjectStatus status) noexcept {
  return status == ProjectStatus::active || status == ProjectStatus::deprecated;
}

bool offers_files(ProjectStatus status) noexcept {
  return status != ProjectStatus::quarantined;
}

}  // namespace packhouse
