#include "release/testing/scripted_forge.hpp"

namespace packhouse::release::testing {

template <typename T>
Result<T> ScriptedForge::answer(std::string_view call, const T& value) {
  calls.emplace_back(call);
  if (before) {
    CHECK_OK(before(call));
  }
  return value;
}

Result<RepositoryFacts> ScriptedForge::repository() {
  return answer("repository", evidence.repository);
}
Result<WorkflowFacts> ScriptedForge::workflow(std::string_view /*file_name*/) {
  return answer("workflow", evidence.workflow);
}
Result<RunFacts> ScriptedForge::run(std::int64_t /*id*/) {
  if (reads_until_rerun == 0) {
    evidence.latest.attempt = std::int64_t{2};
    evidence.latest.status = std::string("in_progress");
  }
  if (reads_until_rerun >= 0) --reads_until_rerun;
  return answer("run", evidence.latest);
}
Result<RunFacts> ScriptedForge::attempt(std::int64_t /*id*/, std::int64_t /*number*/) {
  return answer("attempt", evidence.attempt);
}
Result<RunListing> ScriptedForge::runs(std::string_view /*workflow_file*/, std::string_view /*commit*/) {
  return answer("runs", listed_runs);
}

Result<JobListing> ScriptedForge::jobs(std::int64_t /*run_id*/, std::int64_t /*attempt*/) {
  return answer("jobs", evidence.jobs);
}
Result<ArtifactListing> ScriptedForge::artifacts(std::int64_t /*run_id*/, std::string_view /*name*/) {
  return answer("artifacts", evidence.listing);
}
Result<ArtifactFacts> ScriptedForge::artifact(std::int64_t /*id*/) {
  return answer("artifact", evidence.listing.artifacts.at(0));
}
Result<RefFacts> ScriptedForge::branch(std::string_view /*name*/) {
  return answer("branch", evidence.branch);
}
Result<std::optional<RefFacts>> ScriptedForge::tag(std::string_view /*name*/) {
  return answer("tag", evidence.shadowing_tag);
}
Result<AncestryFacts> ScriptedForge::compare(std::string_view /*base_sha*/, std::string_view /*head_sha*/) {
  return answer("compare", evidence.ancestry);
}
Result<std::vector<std::string>> ScriptedForge::attestations(const Sha256& /*subject*/) {
  return answer("attestations", bundles);
}
Result<DownloadFacts> ScriptedForge::download(std::int64_t /*artifact_id*/, std::uint64_t /*max_bytes*/,
                                              DownloadSink& sink, const Progress& /*progress*/) {
  TRY(const auto facts, answer("download", DownloadFacts{content_type}));
  CHECK_OK(sink.write(archive));
  return facts;
}

RunEvidence evidence_for(std::string_view archive) {
  RunEvidence evidence = good_evidence();
  ArtifactFacts& artifact = evidence.listing.artifacts.at(0);
  artifact.size = static_cast<std::int64_t>(archive.size());
  artifact.digest = "sha256:" + Sha256::of(archive).hex();
  return evidence;
}

}  // namespace packhouse::release::testing
