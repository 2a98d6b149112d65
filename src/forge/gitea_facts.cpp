#include "forge/gitea_facts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "forge/github_facts.hpp"

namespace packhouse::forge::gitea {
namespace {

constexpr std::string_view branches = "refs/heads/";
constexpr std::string_view tags = "refs/tags/";
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

Field<std::string> tag_of(const Field<WorkflowPath>& path) {
  if (!path.ok()) return path.error();
  if (!path->ref.starts_with(tags)) return Error{Errc::invalid_input, "no tag, but " + quote(path->ref)};
  return path->ref.substr(tags.size());
}

Field<std::int64_t> head_repository_of(const json::Value& run, const RunFacts& facts) {
  const bool pushed = facts.event.ok() && *facts.event == "push";
  const bool released = facts.event.ok() && *facts.event == "release";
  if ((pushed && (facts.head_branch.ok() || facts.head_tag.ok())) || (released && facts.head_tag.ok()))
    return number_at(run, {"repository", "id"});
  return Error{Errc::invalid_input, "nothing that rules out a fork: no push to a branch or a tag"};
}

/// "OWNER/REPO/PATH.yml@REF", whoever calls it: a job's `uses`. A step's names no file. The commit decides
/// what a workflow without a ref is, so those are no others.
bool is_called_workflow(std::string_view word) {
  return word.find(".yml@") != std::string_view::npos || word.find(".yaml@") != std::string_view::npos;
}

std::vector<CalledWorkflow> called_in(std::string_view text) {
  constexpr std::string_view ends = " \t\r,\"'[]{}";
  std::vector<CalledWorkflow> called;
  for (std::string_view line : split(text, '\n')) {
    if (trim(line).starts_with('#')) continue;
    while (!line.empty()) {
      const std::size_t end = std::min(line.find_first_of(ends), line.size());
      const std::string_view word = line.substr(0, end);
      if (is_called_workflow(word)) called.push_back({std::string(word)});
      line.remove_prefix(std::min(end + 1, line.size()));
    }
  }
  return called;
}

/// Gitea states none of a run, so they are read in the workflow's file as the run's commit has it.
Field<std::vector<CalledWorkflow>> called_workflows(const RunSurroundings& around) {
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
  if (called.ok()) {
    json::Array paths;
    for (const CalledWorkflow& each : *called)
      paths.emplace_back(each.path);
    kept["referenced_workflows"] = std::move(paths);
  }
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
  facts.head_tag = tag_of(path);
  facts.tells_tags = true;
  facts.head_repository_id = head_repository_of(run, facts);
  facts.path = whole_path(run, path, around);
  facts.workflow_id = workflow_file(run);
  if (!counts_attempts(run)) facts.attempt = around.build_attempt;
  facts.referenced_workflows = called_workflows(around);
  facts.evidence = run_evidence(run, facts, evidence_name);
  return facts;
}

Field<std::int64_t> attempt_of(const std::vector<json::Value>& jobs, const BuildJobs& build_jobs) {
  std::int64_t newest = 0;
  for (const NamePattern& wanted : build_jobs) {
    int count = 0;
    for (const json::Value& job : jobs) {
      if (!wanted.matches(text_at(job, {"name"}).value_or(""))) continue;
      const auto attempt = number_at(job, {"run_attempt"});
      if (!attempt.ok()) return attempt.error();
      newest = std::max(newest, *attempt);
      ++count;
    }
    if (count == 0 || (count > 1 && wanted.is_exact())) {
      return Error{Errc::invalid_input,
                   fmt::format("no one job {} that would count it", quote(wanted.str()))};
    }
  }
  return newest;
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
