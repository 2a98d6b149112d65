#include "forge/github_facts.hpp"

#include <fmt/format.h>

namespace packhouse::forge::github {
namespace {

Field<std::vector<CalledWorkflow>> called_workflows(const json::Value& document) {
  const json::Value* value = member_at(document, {"referenced_workflows"});
  if (value == nullptr || !value->is_array())
    return Error{Errc::invalid_input, "no array at referenced_workflows"};
  std::vector<CalledWorkflow> called;
  for (const json::Value& entry : value->get_array()) {
    auto path = text_at(entry, {"path"});
    if (!path.ok()) return path.error();
    called.push_back({*std::move(path), text_at(entry, {"sha"}).value_or("")});
  }
  return called;
}

}  // namespace

RepositoryFacts read_repository(const json::Value& document) {
  return {.id = number_at(document, {"id"}),
          .full_name = text_at(document, {"full_name"}),
          .evidence = Evidence("repository", document)};
}

WorkflowFacts read_workflow(const json::Value& document) {
  return {.id = number_as_text_at(document, {"id"}),
          .path = text_at(document, {"path"}),
          .state = text_at(document, {"state"}),
          .evidence = Evidence("workflow", document)};
}

RunFacts read_run(const json::Value& document, std::string_view evidence_name) {
  return {.id = number_at(document, {"id"}),
          .repository_id = number_at(document, {"repository", "id"}),
          .repository_name = text_at(document, {"repository", "full_name"}),
          .head_repository_id = number_at(document, {"head_repository", "id"}),
          .event = text_at(document, {"event"}),
          .status = text_at(document, {"status"}),
          .conclusion = text_at(document, {"conclusion"}),
          .head_branch = text_at(document, {"head_branch"}),
          .head_tag = Error{Errc::invalid_input, "a name that may be a branch's or a tag's"},
          .head_sha = text_at(document, {"head_sha"}),
          .path = text_at(document, {"path"}),
          .workflow_id = number_as_text_at(document, {"workflow_id"}),
          .attempt = number_at(document, {"run_attempt"}),
          .referenced_workflows = called_workflows(document),
          .evidence = Evidence(evidence_name, document)};
}

json::Object run_evidence(const json::Value& run) {
  return members_of(run, {"id", "run_attempt", "event", "status", "conclusion", "head_branch", "head_sha",
                          "path", "workflow_id", "created_at", "updated_at"});
}

ArtifactFacts read_artifact(const json::Value& document) {
  ArtifactFacts facts{.id = number_at(document, {"id"}),
                      .name = text_at(document, {"name"}),
                      .size = number_at(document, {"size_in_bytes"}),
                      .expired = flag_at(document, {"expired"}),
                      .created_at = time_at(document, {"created_at"}),
                      .digest = text_at(document, {"digest"}),
                      .digest_stated = member_at(document, {"digest"}) != nullptr,
                      .run_id = number_at(document, {"workflow_run", "id"}),
                      .repository_id = number_at(document, {"workflow_run", "repository_id"}),
                      .head_repository_id = number_at(document, {"workflow_run", "head_repository_id"}),
                      .head_sha = text_at(document, {"workflow_run", "head_sha"}),
                      .evidence = Evidence("artifact", document)};
  return facts;
}

RefFacts read_ref(const json::Value& document, std::string_view evidence_name) {
  return {.ref = text_at(document, {"ref"}),
          .sha = text_at(document, {"object", "sha"}),
          .evidence = Evidence(evidence_name, document)};
}

bool is_tag_object(const json::Value& document) {
  return text_at(document, {"object", "type"}).value_or("") == "tag";
}

AncestryFacts read_comparison(const json::Value& document) {
  AncestryFacts facts{.status = text_at(document, {"status"}),
                      .base_sha = text_at(document, {"base_commit", "sha"}),
                      .merge_base_sha = text_at(document, {"merge_base_commit", "sha"}),
                      .evidence = {}};
  // The answer lists commits and changed files, megabytes of them; this is what was decided on.
  const auto shown = [](const Field<std::string>& field) {
    return field.ok() ? json::Value(*field) : json::Value(nullptr);
  };
  facts.evidence = Evidence("ancestry", json::Object{{"status", shown(facts.status)},
                                                     {"base_commit", shown(facts.base_sha)},
                                                     {"merge_base_commit", shown(facts.merge_base_sha)}});
  return facts;
}

JobFacts read_job(const json::Value& document) {
  return {.name = text_at(document, {"name"}),
          .run_id = number_at(document, {"run_id"}),
          .head_sha = text_at(document, {"head_sha"}),
          .status = text_at(document, {"status"}),
          .conclusion = text_at(document, {"conclusion"}),
          .started_at = time_at(document, {"started_at"}),
          .completed_at = time_at(document, {"completed_at"})};
}

}  // namespace packhouse::forge::github
