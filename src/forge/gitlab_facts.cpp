#include "forge/gitlab_facts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace packhouse::forge::gitlab {
namespace {

constexpr std::string_view usual_configuration = ".gitlab-ci.yml";
constexpr std::string_view archive_ending = ".zip";

Field<std::string> configuration_of(const json::Value& project) {
  const json::Value* path = member_at(project, {"ci_config_path"});
  if (path == nullptr) return std::string(usual_configuration);
  if (!path->is_string()) return Error{Errc::invalid_input, "no string at ci_config_path"};
  return std::string(path->get_string().empty() ? usual_configuration : std::string_view(path->get_string()));
}

/// GitHub's two words for GitLab's one: whether it is over, and how it ended.
Field<std::string> status_of(const json::Value& document) {
  constexpr std::array over{"success", "failed", "canceled", "skipped"};
  auto status = text_at(document, {"status"});
  if (!status.ok() || std::ranges::find(over, *status) == over.end()) return status;
  return std::string("completed");
}

Field<std::string> branch_of(const json::Value& pipeline) {
  const auto tag = flag_at(pipeline, {"tag"});
  if (!tag.ok()) return tag.error();
  if (*tag) return Error{Errc::invalid_input, "a tag, no branch"};
  return text_at(pipeline, {"ref"});
}

Field<std::string> tag_of(const json::Value& pipeline) {
  const auto tag = flag_at(pipeline, {"tag"});
  if (!tag.ok()) return tag.error();
  if (!*tag) return Error{Errc::invalid_input, "a branch, no tag"};
  return text_at(pipeline, {"ref"});
}

Field<bool> is_expired(const json::Value& job, Timestamp now) {
  if (member_at(job, {"artifacts_expire_at"}) == nullptr) return false;
  const auto end = time_at(job, {"artifacts_expire_at"});
  if (!end.ok()) return end.error();
  return *end <= now;
}

Field<std::string> archive_name(const json::Value& job) {
  auto name = text_at(job, {"artifacts_file", "filename"});
  if (name.ok() && name->ends_with(archive_ending)) name->resize(name->size() - archive_ending.size());
  return name;
}

RefFacts read_ref(const json::Value& document, std::string_view folder, std::string_view evidence) {
  auto name = text_at(document, {"name"});
  RefFacts facts{.ref = name, .sha = text_at(document, {"commit", "id"}), .evidence = {}};
  if (name.ok()) facts.ref = fmt::format("refs/{}/{}", folder, *name);
  facts.evidence = Evidence(evidence, json::Object{{"name", copy_of(document, {"name"})},
                                                   {"commit", copy_of(document, {"commit", "id"})}});
  return facts;
}

}  // namespace

RepositoryFacts read_project(const json::Value& document) {
  return {.id = number_at(document, {"id"}),
          .full_name = text_at(document, {"path_with_namespace"}),
          .evidence = Evidence("repository", members_of(document, {"id", "path_with_namespace"}))};
}

WorkflowFacts read_workflow(const json::Value& project) {
  const auto enabled = flag_at(project, {"jobs_enabled"});
  WorkflowFacts facts{
      .id = number_as_text_at(project, {"id"}),
      .path = configuration_of(project),
      .state = {},
      .evidence = Evidence("workflow", members_of(project, {"id", "ci_config_path", "jobs_enabled"}))};
  facts.state = enabled.ok() ? Field<std::string>(std::string(*enabled ? "active" : "disabled"))
                             : Field<std::string>(enabled.error());
  return facts;
}

RunFacts read_pipeline(const json::Value& document, const json::Value& project,
                       std::string_view evidence_name) {
  return {.id = number_at(document, {"id"}),
          .repository_id = number_at(document, {"project_id"}),
          .repository_name = text_at(project, {"path_with_namespace"}),
          // A fork's merge request runs here with the source "merge_request_event", which is no push.
          .head_repository_id = number_at(document, {"project_id"}),
          .event = text_at(document, {"source"}),
          .status = status_of(document),
          .conclusion = text_at(document, {"status"}),
          .head_branch = branch_of(document),
          .head_tag = tag_of(document),
          .tells_tags = true,
          .head_sha = text_at(document, {"sha"}),
          .path = configuration_of(project),
          .workflow_id = number_as_text_at(project, {"id"}),
          .attempt = std::int64_t{1},
          // What the configuration includes is settled by the commit that it is read from.
          .referenced_workflows = std::vector<CalledWorkflow>{},
          .evidence = Evidence(evidence_name, members_of(document, {"id", "project_id", "source", "status",
                                                                    "ref", "tag", "sha"}))};
}

JobFacts read_job(const json::Value& document) {
  return {.name = text_at(document, {"name"}),
          .run_id = number_at(document, {"pipeline", "id"}),
          .head_sha = text_at(document, {"commit", "id"}),
          .status = status_of(document),
          .conclusion = text_at(document, {"status"}),
          .started_at = time_at(document, {"started_at"}),
          .completed_at = time_at(document, {"finished_at"})};
}

json::Object job_evidence(const json::Value& job) {
  auto kept = members_of(job, {"id", "name", "status", "started_at", "finished_at", "artifacts_expire_at"});
  kept["commit"] = copy_of(job, {"commit", "id"});
  kept["pipeline"] = copy_of(job, {"pipeline", "id"});
  kept["archive"] = copy_of(job, {"artifacts_file", "filename"});
  kept["size"] = copy_of(job, {"artifacts_file", "size"});
  return kept;
}

bool has_archive(const json::Value& job) {
  return member_at(job, {"artifacts_file"}) != nullptr;
}

ArtifactFacts read_archive(const json::Value& job, Timestamp now) {
  return {.id = number_at(job, {"id"}),
          .name = archive_name(job),
          .job = text_at(job, {"name"}).value_or(""),
          .size = number_at(job, {"artifacts_file", "size"}),
          .expired = is_expired(job, now),
          // A job's archive is sent as the last thing that it does.
          .created_at = time_at(job, {"finished_at"}),
          .digest = text_at(job, {"artifacts_file", "sha256"}),
          .digest_stated = false,
          .run_id = number_at(job, {"pipeline", "id"}),
          .repository_id = number_at(job, {"pipeline", "project_id"}),
          .head_repository_id = number_at(job, {"pipeline", "project_id"}),
          .head_sha = text_at(job, {"pipeline", "sha"}),
          .evidence = Evidence("artifact", job_evidence(job))};
}

RefFacts read_branch(const json::Value& document) {
  return read_ref(document, "heads", "branch");
}

RefFacts read_tag(const json::Value& document) {
  return read_ref(document, "tags", "tag");
}

AncestryFacts read_merge_base(const json::Value& document, std::string_view base_sha,
                              std::string_view head_sha) {
  const auto common = text_at(document, {"id"});
  AncestryFacts facts{
      .status = {}, .base_sha = std::string(base_sha), .merge_base_sha = common, .evidence = {}};
  if (!common.ok()) {
    facts.status = common.error();
  } else if (base_sha == head_sha) {
    facts.status = std::string("identical");
  } else {
    facts.status = std::string(*common == base_sha ? "ahead" : "diverged");
  }
  facts.evidence =
      Evidence("ancestry", json::Object{{"merge_base", copy_of(document, {"id"})},
                                        {"refs", json::Array{std::string(base_sha), std::string(head_sha)}}});
  return facts;
}

}  // namespace packhouse::forge::gitlab
