#pragma once

#include <optional>
#include <string_view>

#include "evidence/json_fields.hpp"
#include "forge/forge.hpp"
#include "forge/name_pattern.hpp"

// From the JSON that Gitea's REST API (v1) answers to facts, as its source builds it: services/convert
// of 1.25.1, 1.26.0 and 1.27.3. Pure. Gitea takes GitHub's names for what it states, so what is not here is
// read with github_facts.hpp. What it does not state is decided by what proves the same, or stays absent.
namespace packhouse::forge::gitea {

/// What a run does not say itself.
struct RunSurroundings {
  /// The workflow of the run's file name, as the default branch has it now.
  std::optional<json::Value> workflow = std::nullopt;
  /// That workflow's file at the run's own commit.
  std::optional<json::Value> file = std::nullopt;
  /// How often the build job was started: asked for where the run states no attempt (1.25, 1.26).
  Field<std::int64_t> build_attempt = {};
};

/// A workflow's id is the name of its file.
WorkflowFacts read_workflow(const json::Value& document);
/// Of a run: the name of its workflow's file.
Field<std::string> workflow_file(const json::Value& run);
/// Whether the run counts its attempts, and keeps each (1.27).
bool counts_attempts(const json::Value& run);

/// The repository of the commit is told by the ref alone: the run of a fork's pull request has
/// refs/pull/N/head; a push to refs/heads/… or refs/tags/… is a push to this repository, and a release is of
/// one of its tags.
RunFacts read_run(const json::Value& run, const RunSurroundings& around, std::string_view evidence_name);

/// The newest of these jobs; absent where one of the patterns has none, or an exact one more than one.
Field<std::int64_t> attempt_of(const std::vector<json::Value>& jobs, const BuildJobs& build_jobs);
/// Of a job, what evidence keeps.
json::Object job_evidence(const json::Value& job);

/// An artifact that is sent again keeps its id and the time of its making (CreateArtifact in
/// models/actions/artifact.go), so `created_at` is the time of its last change.
ArtifactFacts read_artifact(const json::Value& document);

/// `missing` lists what is reachable from the base and not from the head; `total` is how many those are.
AncestryFacts read_missing_commits(const json::Value& missing, Field<std::int64_t> total,
                                   std::string_view base_sha, std::string_view head_sha);

}  // namespace packhouse::forge::gitea
