#include "index/context.hpp"

#include <fmt/format.h>

namespace packhouse::index {

Result<dist::Policy> checks_of(const IndexPolicy& rules) {
  dist::Policy policy;
  for (const auto& [name, value] : rules.checks)
    CHECK_OK(policy.set(name, value));
  return policy;
}

std::string subject_of(std::string_view index, std::string_view project, std::string_view version) {
  return fmt::format("{}/{}/{}", index, project, version);
}

std::string subject_of(std::string_view index, const File& file) {
  return fmt::format("{}/{}/{}/{}", index, file.project, file.version, file.filename);
}

}  // namespace packhouse::index
