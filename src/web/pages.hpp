#pragma once

#include <span>
#include <string>
#include <string_view>

#include "store/catalog_store.hpp"

namespace packhouse::web {

/// The field Content-Security-Policy of every page: nothing is loaded, nothing runs, and of style only the
/// one sheet that stands in the page.
std::string content_security_policy();

struct FrontPage {
  std::string index;     ///< its name
  std::string base_url;  ///< "https://host[:port][/prefix]", without a slash at the end
  std::span<const ProjectSummary> projects;
  bool first = true;  ///< no projects come before these
  bool more = false;  ///< there are projects behind the last of these
};

/// How many projects stand on one front page; the next one goes on at "?after=<the last's name>".
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
