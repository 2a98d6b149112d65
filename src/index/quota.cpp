#include "index/quota.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace packhouse::index {
namespace {

Error over(std::string_view what, std::string_view limit) {
  return {Errc::too_large, std::string(what), fmt::format("an administrator can raise limits.{}", limit)};
}

}  // namespace

Status check_quota(const Context& context, const File& file) {
  const auto& most = context.quotas;
  TRY(const auto totals, context.store.totals(context.index, file.project));
  if (totals.files == 0 && totals.projects >= most.projects) {
    return over(fmt::format("Too many projects: this index takes {}.", most.projects), "projects");
  }
  if (totals.files >= most.files_per_project) {
    return over(fmt::format("Too many files: this index takes {} of one project.", most.files_per_project),
                "files-per-project");
  }
  if (totals.bytes + file.size > most.project_size) {
    return over(fmt::format("Project size too large: this index takes {} of one project.",
                            human_size(most.project_size)),
                "project-size");
  }
  return success();
}

}  // namespace packhouse::index
