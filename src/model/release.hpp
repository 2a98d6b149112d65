#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "model/release_label.hpp"
#include "pep/project_status.hpp"

namespace packhouse {

/// A version of a project as an index keeps it. A state is its reason; unset: it is not so.
struct Release {
  std::string version;                      ///< canonical, as str(Version)
  std::optional<std::string> yanked = {};   ///< all of it (PEP 592); the reason may be empty
  std::optional<std::string> blocked = {};  ///< offered to nobody, its bytes kept; never empty
  std::optional<ReleaseLabel> label = {};   ///< for ever
  bool operator==(const Release&) const = default;
};

/// Where a project stands (PEP 792), and why.
struct ProjectState {
  ProjectStatus status = ProjectStatus::active;
  std::string reason = {};
  bool operator==(const ProjectState&) const = default;
};

/// "release 1.0 of demo is blocked: it held a password"
std::string blocked_message(std::string_view project, std::string_view version, std::string_view reason);
/// "project demo is archived: see the successor"
std::string project_state_message(std::string_view project, const ProjectState& state);

/// Why nobody may have the files of this release, in those words; unset: they are offered.
std::optional<std::string> withheld(std::string_view project, const ProjectState& state,
                                    const Release& release);

/// Equal for exactly those spellings that name one release (PEP 440: 1.0 is 1.0.0): the normal form without
/// the trailing zeros. What is no version is its own identity.
std::string identity_of(std::string_view version);

/// Do two spellings name one release?
bool same_version(std::string_view a, std::string_view b);

/// The reason of a change of state: trimmed, 1 to 1000 bytes of UTF-8 in one line, for it stands in status
/// lines and attributes. invalid_input otherwise; `hint` says what it is for.
Result<std::string> parse_reason(std::string_view text, std::string_view hint);

}  // namespace packhouse
