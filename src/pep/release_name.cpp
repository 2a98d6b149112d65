#include "pep/release_name.hpp"

#include <utility>

namespace packhouse {

Result<ReleaseName> ReleaseName::parse(std::string_view project, std::string_view version) {
  TRY(auto name, ProjectName::parse(project));
  TRY(auto parsed, Version::parse(version));
  return ReleaseName{std::move(name), std::move(parsed)};
}

}  // namespace packhouse
