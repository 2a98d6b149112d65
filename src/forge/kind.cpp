#include "forge/kind.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "forge/gitea.hpp"
#include "forge/github.hpp"
#include "forge/gitlab.hpp"
#include "forge/repository_name.hpp"

namespace packhouse::forge {
namespace {

ForgeKind github_kind() {
  return {.name = "github",
          .repository_variable = "GITHUB_REPOSITORY",
          .repository_id_variable = "GITHUB_REPOSITORY_ID",
          .repository_example = "OWNER/NAME",
          .parse_repository = &parse_repository,
          .usual_workflow = ".github/workflows/ci.yml",
          .workflow_folders = {".github/workflows/"},
          .events = {"push", "release", "merge_group"},
          .api_url = github_api_url,
          .dialect = github_dialect(),
          .connect = [](ForgeAccess access, const std::string& repository, const BuildJobs& /*build_jobs*/,
                        http::Client& client,
                        Clock& clock) { return make_github(std::move(access), repository, client, clock); }};
}

ForgeKind gitlab_kind() {
  return {.name = "gitlab",
          .repository_variable = "CI_PROJECT_PATH",
          .repository_id_variable = "CI_PROJECT_ID",
          .repository_example = "GROUP/NAME",
          .parse_repository = &parse_project_path,
          .usual_workflow = ".gitlab-ci.yml",
          .workflow_folders = {},
          .events = {"push"},
          .api_url = gitlab_api_url,
          .dialect = gitlab_dialect(),
          .connect = [](ForgeAccess access, const std::string& repository, const BuildJobs& build_jobs,
                        http::Client& client, Clock& clock) {
            return make_gitlab(std::move(access), repository, build_jobs, client, clock);
          }};
}

/// Its runner gives a job GitHub's variables. A repository without the first folder may use the second.
ForgeKind gitea_kind() {
  ForgeKind kind = github_kind();
  kind.name = "gitea";
  kind.usual_workflow = ".gitea/workflows/ci.yml";
  kind.workflow_folders = {".gitea/workflows/", ".github/workflows/"};
  kind.events = {"push", "release"};
  kind.api_url = {};
  kind.dialect = gitea_dialect();
  kind.connect = [](ForgeAccess access, const std::string& repository, const BuildJobs& build_jobs,
                    http::Client& client, Clock& clock) {
    return make_gitea(std::move(access), repository, build_jobs, client, clock);
  };
  return kind;
}

}  // namespace

Status ForgeKind::check_workflow(std::string_view path) const {
  const auto is_in = [&](std::string_view folder) {
    return !folder.empty() && path.starts_with(folder) && path.size() > folder.size() &&
           path.find('/', folder.size()) == std::string::npos;
  };
  if (workflow_folders.front().empty() || std::ranges::any_of(workflow_folders, is_in)) return success();
  return Error{Errc::invalid_input, fmt::format("expected a workflow as {}NAME.yml, found {}",
                                                workflow_folders.front(), quote(path))};
}

std::span<const ForgeKind> forge_kinds() {
  static const std::array kinds{github_kind(), gitlab_kind(), gitea_kind()};
  return kinds;
}

const ForgeKind* find_forge_kind(std::string_view name) {
  const auto kinds = forge_kinds();
  const auto found = std::ranges::find(kinds, name, &ForgeKind::name);
  return found == kinds.end() ? nullptr : &*found;
}

}  // namespace packhouse::forge
