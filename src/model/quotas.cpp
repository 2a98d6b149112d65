#include "model/quotas.hpp"

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "base/text.hpp"

namespace packhouse {
namespace {

Error over(std::string_view what, std::string_view limit) {
  return {Errc::too_large, std::string(what), fmt::format("an administrator can raise limits.{}", limit)};
}

}  // namespace

Status check_room(const Quotas& most, const Totals& held, std::uint64_t size) {
  if (held.files == 0 && held.projects >= most.projects) {
    return over(fmt::format("Too many projects: this index takes {}.", most.projects), "projects");
  }
  if (held.files >= most.files_per_project) {
    return over(fmt::format("Too many files: this index takes {} of one project.", most.files_per_project),
                "files-per-project");
  }
  if (held.bytes + held.staged + size > most.project_size) {
    return over(fmt::format("Project size too large: this index takes {} of one project.",
                            human_size(most.project_size)),
                "project-size");
  }
  if (most.index_size > 0 && held.index_bytes + size > most.index_size) {
    return over(fmt::format("The index is full: it takes {} of files.", human_size(most.index_size)),
                "index-size");
  }
  return success();
}

}  // namespace packhouse
