#include "index/context.hpp"

#include <fmt/format.h>

namespace packhouse::index {

Result<dist::Policy> checks_of(const IndexPolicy& rules) {
  dist::Policy policy;
  for (const auto& [name, value] : rules.checks)
    CHECK_OK(policy.set(name, value));
  return policy;
}

std::string subject_of(std::string_view index, const ReleaseName& release) {
  return fmt::format("{}/{}/{}", index, release.project.str(), release.version.str());
}

std::string subject_of(std::string_view index, const File& file) {
  return fmt::format("{}/{}", subject_of(index, file.release), file.filename);
}

}  // namespace packhouse::index
