#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "model/release_label.hpp"
#include "pep/project_status.hpp"
#include "pep/release_name.hpp"

namespace packhouse {

/// A version of a project in an index. A state is represented by its reason; unset: not in that state.
struct Release {
  Version version;
  std::optional<std::string> yanked = {};   ///< all of it (PEP 592); the reason may be empty
  std::optional<std::string> blocked = {};  ///< not offered, its bytes kept; never empty
  std::optional<ReleaseLabel> label = {};   ///< permanent
  bool operator==(const Release&) const = default;
};

/// A project's status (PEP 792) with its reason.
struct ProjectState {
  ProjectStatus status = ProjectStatus::active;
  std::string reason = {};
  bool operator==(const ProjectState&) const = default;
};

/// "release 1.0 of demo is blocked: it held a password"
std::string blocked_message(const ReleaseName& release, std::string_view reason);
/// "project demo is archived: see the successor"
std::string project_state_message(std::string_view project, const ProjectState& state);

/// Why the files of this release are not offered, in those words; unset: they are offered.
std::optional<std::string> withheld(const ProjectName& project, const ProjectState& state,
                                    const Release& release);

}  // namespace packhouse
