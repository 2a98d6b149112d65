#include "source/testing/evidence.hpp"

namespace packhouse::source::testing {

using namespace std::string_literals;

Timestamp at(std::string_view iso8601) {
  return parse_iso8601(iso8601).value();
}

forge::NamePattern pattern(std::string_view text) {
  return forge::NamePattern::parse(text).value();
}

Version version() {
  return Version::parse("1.2.3").value();
}

Policy good_policy() {
  return Policy{.project = ProjectName::parse("nanonis-qcodes-controller").value(),
                .repository = "example-lab/nanonis-qcodes-controller"};
}

forge::RunFacts good_run() {
  forge::RunFacts run;
  run.id = run_number;
  run.repository_id = repository_number;
  run.repository_name = "example-lab/nanonis-qcodes-controller"s;
  run.head_repository_id = repository_number;
  run.event = "push"s;
  run.status = "completed"s;
  run.conclusion = "success"s;
  run.head_branch = "main"s;
  run.head_sha = std::string(built_commit);
  run.path = ".github/workflows/ci.yml"s;
  run.workflow_id = std::string(workflow_id);
  run.attempt = std::int64_t{1};
  run.referenced_workflows = std::vector<forge::CalledWorkflow>{};
  run.evidence = Evidence("run", json::Object{{"id", run_number}});
  return run;
}

forge::ArtifactFacts good_artifact() {
  forge::ArtifactFacts artifact;
  artifact.id = artifact_number;
  artifact.name = "dist"s;
  artifact.size = std::int64_t{5000};
  artifact.expired = false;
  artifact.created_at = at("2026-11-22T10:01:15Z");
  artifact.digest = "sha256:" + std::string(64, 'd');
  artifact.digest_stated = true;
  artifact.run_id = run_number;
  artifact.repository_id = repository_number;
  artifact.head_repository_id = repository_number;
  artifact.head_sha = std::string(built_commit);
  return artifact;
}

RunEvidence good_evidence() {
  RunEvidence evidence{.requested = RunId::parse(std::to_string(run_number)).value()};
  evidence.repository.id = repository_number;
  evidence.repository.full_name = "example-lab/nanonis-qcodes-controller"s;
  evidence.workflow.id = std::string(workflow_id);
  evidence.workflow.path = ".github/workflows/ci.yml"s;
  evidence.workflow.state = "active"s;
  evidence.latest = good_run();
  evidence.attempt = good_run();
  forge::JobFacts build;
  build.name = "build"s;
  build.run_id = run_number;
  build.head_sha = std::string(built_commit);
  build.status = "completed"s;
  build.conclusion = "success"s;
  build.started_at = at("2026-11-22T10:00:20Z");
  build.completed_at = at("2026-11-22T10:01:20Z");
  forge::JobFacts checks = build;
  checks.name = "checks"s;
  evidence.jobs.jobs = {build, checks};
  evidence.jobs.stated_count = std::int64_t{2};
  evidence.branch.ref = "refs/heads/main"s;
  evidence.branch.sha = std::string(tip_commit);
  evidence.ancestry.status = "ahead"s;
  evidence.ancestry.base_sha = std::string(built_commit);
  evidence.ancestry.merge_base_sha = std::string(built_commit);
  evidence.listing.artifacts = {good_artifact()};
  evidence.listing.stated_count = std::int64_t{1};
  return evidence;
}

}  // namespace packhouse::source::testing
