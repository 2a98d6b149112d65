#pragma once

#include <span>
#include <string>
#include <string_view>

#include "model/project.hpp"

namespace packhouse::web {

/// The field Content-Security-Policy of every page: no loads, no scripts, and no style but the sheet in the
/// page.
std::string content_security_policy();

struct FrontPage {
  std::string index;     ///< its name
  std::string base_url;  ///< "https://host[:port][/prefix]", without a slash at the end
  std::span<const ProjectSummary> projects;
  bool first = true;  ///< no projects before these
  bool more = false;  ///< projects after these
};

/// Projects on one front page; the next page is at "?after=<name of the last>".
inline constexpr std::size_t projects_on_a_page = 1000;

/// Relative links only, so that a proxy prefix needs no configuration.
std::string render(const FrontPage& page);

struct ProjectPage {
  const ProjectDetail& project;
  std::string base_url;
};

/// The newest upload first.
std::string render(const ProjectPage& page);

}  // namespace packhouse::web
