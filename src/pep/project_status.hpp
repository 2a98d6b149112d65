#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.hpp"

namespace packhouse {

/// A project's status marker (PEP 792).
enum class ProjectStatus : std::uint8_t {
  active,
  archived,     ///< no uploads; files stay offered
  quarantined,  ///< no uploads; no file is offered
  deprecated,   ///< as active
};

Result<ProjectStatus> parse_project_status(std::string_view text);
std::string_view to_string(ProjectStatus status) noexcept;

bool accepts_uploads(ProjectStatus status) noexcept;
bool offers_files(ProjectStatus status) noexcept;

}  // namespace packhouse
