#include "forge/gitea_facts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "forge/github_facts.hpp"

namespace packhouse::forge::gitea {
namespace {

constexpr std::string_view branches = "refs/heads/";
/// models/user/user_system.go: in its name Gitea starts what a schedule asks for, and nothing of a push.
constexpr std::int64_t actions_user = -2;

/// A run's path is "FILE@REF": no folder, and the whole ref (ToActionWorkflowRun).
struct WorkflowPath {
  std::string file;
  std::string ref;
};

Field<WorkflowPath> workflow_path(const json::Value& run) {
  const auto text = text_at(run, {"path"});
  if (!text.ok()) return text.error();
  const std::size_t at = text->find("@refs/");
  if (at == std::string::npos || at == 0)
    return Error{Errc::invalid_input, "no file and ref at path, but " + quote(*text)};
  return WorkflowPath{text->substr(0, at), text->substr(at + 1)};
}

/// 1.25 and 1.26 state "push" of a scheduled run too: they answer with the event that the schedule was read
/// at.
Field<std::string> event_of(const json::Value& run) {
  auto event = text_at(run, {"event"});
  const auto actor = number_at(run, {"actor", "id"});
  if (!actor.ok()) return actor.error();
  if (event.ok() && *event == "push" && *actor == actions_user) return std::string("schedule");
  return event;
}

Field<std::string> branch_of(const json::Value& run, const Field<WorkflowPath>& path) {
  if (!path.ok()) return path.error();
  if (!path->ref.starts_with(branches))
    return Error{Errc::invalid_input, "no branch, but " + quote(path->ref)};
  auto branch = text_at(run, {"head_branch"});
  if (branch.ok() && *branch != path->ref.substr(branches.size()))
    return Error{Errc::invalid_input, quote(*branch) + ", and in the path " + quote(path->ref)};
  return branch;
}

Field<std::int64_t> head_repository_of(const json::Value& run, const Field<std::string>& event,
                                       const Field<std::string>& branch) {
  if (event.ok() && *event == "push" && branch.ok()) return number_at(run, {"repository", "id"});
  return Error{Errc::invalid_input, "nothing that rules out a fork: no push to a branch"};
}

/// "OWNER/REPO/PATH.yml@REF", whoever calls it: a job's `uses`. A step's names no file. The commit decides
/// what a workflow without a ref is, so those are no others.
bool is_called_workflow(std::string_view word) {
  return word.find(".yml@") != std::string_view::npos || word.find(".yaml@") != std::string_view::npos;
}

std::vector<std::string> called_in(std::string_view text) {
  constexpr std::string_view ends = " \t\r,\"'[]{}";
  std::vector<std::string> called;
  for (std::string_view line : split(text, '\n')) {
    if (trim(line).starts_with('#')) continue;
    while (!line.empty()) {
      const std::size_t end = std::min(line.find_first_of(ends), line.size());
      const std::string_view word = line.substr(0, end);
      if (is_called_workflow(word)) called.emplace_back(word);
      line.remove_prefix(std::min(end + 1, line.size()));
    }
  }
  return called;
}

/// Gitea states none of a run, so they are read in the workflow's file as the run's commit has it.
Field<std::vector<std::string>> called_workflows(const RunSurroundings& around) {
  if (!around.file) return Error{Errc::invalid_input, "no such workflow at the run's commit"};
  const auto encoding = text_at(*around.file, {"encoding"});
  const auto content = text_at(*around.file, {"content"});
  const auto text =
      content.ok() && encoding.ok() && *encoding == "base64" ? from_base64(*content) : std::nullopt;
  if (!text) return Error{Errc::invalid_input, "no content in base64 of the workflow's file"};
  return called_in(*text);
}

/// The path in the repository, as others have it: with its folder.
Field<std::string> whole_path(const json::Value& run, const Field<WorkflowPath>& path,
                              const RunSurroundings& around) {
  auto told = text_at(run, {"path"});
  if (!told.ok() || !path.ok() || !around.workflow) return told;
  const auto known = text_at(*around.workflow, {"path"});
  if (!known.ok() || !known->ends_with("/" + path->file)) return told;
  return known->substr(0, known->size() - path->file.size()) + *told;
}

Evidence run_evidence(const json::Value& run, const RunFacts& facts, std::string_view name) {
  auto kept = members_of(run, {"id", "run_attempt", "run_number", "event", "status", "conclusion", "path",
                               "head_branch", "head_sha", "started_at", "completed_at"});
  kept["actor"] = copy_of(run, {"actor", "id"});
  kept["repository"] = json::Object{{"id", copy_of(run, {"repository", "id"})},
                                    {"full_name", copy_of(run, {"repository", "full_name"})}};
  if (facts.path.ok()) kept["workflow_path"] = *facts.path;
  if (facts.attempt.ok()) kept["attempt"] = *facts.attempt;
  const auto& called = facts.referenced_workflows;
  if (called.ok()) kept["referenced_workflows"] = json::Array(called->begin(), called->end());
  return Evidence(name, kept);
}

}  // namespace

WorkflowFacts read_workflow(const json::Value& document) {
  return {.id = text_at(document, {"id"}),
          .path = text_at(document, {"path"}),
          .state = text_at(document, {"state"}),
          .evidence = Evidence("workflow", members_of(document, {"id", "path", "state"}))};
}

Field<std::string> workflow_file(const json::Value& run) {
  const auto path = workflow_path(run);
  if (!path.ok()) return path.error();
  return path->file;
}

bool counts_attempts(const json::Value& run) {
  return number_at(run, {"run_attempt"}).value_or(0) >= 1;
}

RunFacts read_run(const json::Value& run, const RunSurroundings& around, std::string_view evidence_name) {
  const auto path = workflow_path(run);
  RunFacts facts = github::read_run(run, evidence_name);
  facts.event = event_of(run);
  facts.head_branch = branch_of(run, path);
  facts.head_repository_id = head_repository_of(run, facts.event, facts.head_branch);
  facts.path = whole_path(run, path, around);
  facts.workflow_id = workflow_file(run);
  if (!counts_attempts(run)) facts.attempt = around.build_attempt;
  facts.referenced_workflows = called_workflows(around);
  facts.evidence = run_evidence(run, facts, evidence_name);
  return facts;
}

Field<std::int64_t> attempt_of(const std::vector<json::Value>& jobs, std::string_view name) {
  const auto is_it = [&](const json::Value& job) { return text_at(job, {"name"}).value_or("") == name; };
  const auto found = std::ranges::find_if(jobs, is_it);
  if (found == jobs.end() || std::ranges::count_if(jobs, is_it) != 1)
    return Error{Errc::invalid_input, fmt::format("no one job {} that would count it", quote(name))};
  return number_at(*found, {"run_attempt"});
}

json::Object job_evidence(const json::Value& job) {
  return members_of(job, {"id", "run_id", "run_attempt", "name", "head_sha", "status", "conclusion",
                          "started_at", "completed_at"});
}

ArtifactFacts read_artifact(const json::Value& document) {
  auto facts = github::read_artifact(document);
  const auto changed = time_at(document, {"updated_at"});
  if (!changed.ok() || (facts.created_at.ok() && *facts.created_at < *changed)) facts.created_at = changed;
  // It is the run's, whose own commit is held against its repository.
  facts.head_repository_id = facts.repository_id;
  return facts;
}

AncestryFacts read_missing_commits(const json::Value& missing, Field<std::int64_t> total,
                                   std::string_view base_sha, std::string_view head_sha) {
  AncestryFacts facts{.status = {}, .base_sha = std::string(base_sha), .merge_base_sha = {}, .evidence = {}};
  const bool none = missing.is_array() && missing.get_array().empty();
  if (!total.ok()) {
    facts.status = total.error();
  } else if (none && *total == 0) {
    facts.status = std::string(base_sha == head_sha ? "identical" : "ahead");
    facts.merge_base_sha = std::string(base_sha);
  } else {
    facts.status = std::string("diverged");
    facts.merge_base_sha = Error{Errc::invalid_input, "another"};
  }
  facts.evidence =
      Evidence("ancestry", json::Object{{"missing", total.ok() ? json::Value(*total) : json::Value(nullptr)},
                                        {"refs", json::Array{std::string(base_sha), std::string(head_sha)}}});
  return facts;
}

}  // namespace packhouse::forge::gitea
