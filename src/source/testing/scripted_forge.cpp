#include "source/testing/scripted_forge.hpp"

namespace packhouse::source::testing {

template <typename T>
Result<T> ScriptedForge::answer(std::string_view call, const T& value) {
  calls.emplace_back(call);
  if (before) {
    CHECK_OK(before(call));
  }
  return value;
}

Result<forge::RepositoryFacts> ScriptedForge::repository() {
  return answer("repository", evidence.repository);
}
Result<forge::WorkflowFacts> ScriptedForge::workflow(std::string_view /*file_name*/) {
  return answer("workflow", evidence.workflow);
}
Result<forge::RunFacts> ScriptedForge::run(std::int64_t /*id*/) {
  if (reads_until_rerun == 0) {
    evidence.latest.attempt = std::int64_t{2};
    evidence.latest.status = std::string("in_progress");
  }
  if (reads_until_rerun >= 0) --reads_until_rerun;
  return answer("run", evidence.latest);
}
Result<forge::RunFacts> ScriptedForge::attempt(std::int64_t /*id*/, std::int64_t /*number*/) {
  return answer("attempt", evidence.attempt);
}
Result<forge::RunListing> ScriptedForge::runs(std::string_view /*workflow_file*/,
                                              std::string_view /*commit*/) {
  return answer("runs", listed_runs);
}

Result<forge::JobListing> ScriptedForge::jobs(std::int64_t /*run_id*/, std::int64_t attempt) {
  const auto earlier = static_cast<std::size_t>(attempt) - 1;
  return answer("jobs",
                earlier < evidence.earlier_jobs.size() ? evidence.earlier_jobs[earlier] : evidence.jobs);
}
Result<forge::ArtifactListing> ScriptedForge::artifacts(std::int64_t /*run_id*/,
                                                        std::optional<std::string_view> name) {
  return name ? answer("artifacts", evidence.listing) : answer("all artifacts", all_artifacts);
}
Result<forge::ArtifactFacts> ScriptedForge::artifact(std::int64_t id) {
  for (const forge::ArtifactFacts& each : evidence.listing.artifacts)
    if (each.id.ok() && *each.id == id) return answer("artifact", each);
  return answer("artifact", evidence.listing.artifacts.at(0));
}
Result<forge::RefFacts> ScriptedForge::branch(std::string_view name) {
  if (!tag_name.empty() && name == tag_name) {
    if (evidence.shadowing_branch) return answer("branch", *evidence.shadowing_branch);
    return Error{Errc::not_found, "no such branch"};
  }
  return answer("branch", evidence.branch);
}
Result<std::optional<forge::RefFacts>> ScriptedForge::tag(std::string_view name) {
  return answer("tag", !tag_name.empty() && name == tag_name ? evidence.tag : evidence.shadowing_tag);
}
Result<forge::AncestryFacts> ScriptedForge::compare(std::string_view /*base_sha*/,
                                                    std::string_view /*head_sha*/) {
  return answer("compare", evidence.ancestry);
}
Result<std::vector<std::string>> ScriptedForge::attestations(const Sha256& /*subject*/) {
  return answer("attestations", bundles);
}
Result<forge::DownloadFacts> ScriptedForge::download(std::int64_t /*artifact_id*/,
                                                     std::uint64_t /*max_bytes*/, forge::DownloadSink& sink,
                                                     const Progress& /*progress*/) {
  TRY(const auto facts, answer("download", forge::DownloadFacts{content_type}));
  CHECK_OK(sink.write(archive));
  return facts;
}

RunEvidence evidence_for(std::string_view archive) {
  RunEvidence evidence = good_evidence();
  forge::ArtifactFacts& artifact = evidence.listing.artifacts.at(0);
  artifact.size = static_cast<std::int64_t>(archive.size());
  artifact.digest = "sha256:" + Sha256::of(archive).hex();
  return evidence;
}

}  // namespace packhouse::source::testing
