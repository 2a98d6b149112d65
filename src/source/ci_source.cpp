#include "source/ci_source.hpp"

#include "source/attestation_checks.hpp"

namespace packhouse::source {

Result<Step> CiRunSource::preflight(StepContext& context) {
  TRY(run_, gather(tools_.forge, policy(), request_.run));
  CHECK_OK(context.store_evidence(run_->all()));
  Checks checks = decide_run(policy(), *run_);
  const Checks artifact = decide_artifact(policy(), *run_);
  checks.insert(checks.end(), artifact.begin(), artifact.end());
  return context.record(checks);
}

std::vector<ReleaseSource::NamedStep> CiRunSource::steps() {
  return {{"fetch", [this](StepContext& context) { return fetch(context); }},
          {"verify", [this](StepContext& context) { return verify(context); }}};
}

Result<Step> CiRunSource::fetch(StepContext& context) {
  const forge::ArtifactFacts& artifact = chosen_artifact(policy(), *run_);
  TRY(const auto now, tools_.forge.artifact(*artifact.id));
  TRY(const auto unchanged, context.record(decide_artifact_unchanged(artifact, now)));
  if (unchanged == Step::refused) return Step::refused;
  const std::string label = "download " + artifact.name.value_or("");
  TRY(archive_, fetch_archive(tools_.forge, tools_.disk, *artifact.id, context.work() / "artifact.zip",
                              settings_.max_archive_bytes, tools_.console.transfer(label)));
  tools_.console.transferred(label, archive_->size);
  context.detail()["archive_sha256"] = archive_->sha256.hex();
  return context.record(decide_archive(policy(), artifact, *archive_));
}

Result<Step> CiRunSource::verify(StepContext& context) {
  const Path folder = context.work() / "dist";
  CHECK_OK(tools_.disk.make_folders(folder));
  TRY(candidate_, unpack(tools_.disk, archive_->path, folder, settings_.files));
  TRY(const auto members, context.record(candidate_.checks));
  if (members == Step::refused) return Step::refused;
  for (const std::string& warning : file_warnings(candidate_))
    tools_.console.warn(warning);
  Checks checks = decide_files(policy(), request_.version, candidate_, settings_.files);
  const AttestedRun attested{policy(), *run_, settings_.server_url, settings_.trusted_roots};
  TRY(const auto attestations, check_attestations(tools_.forge, attested, candidate_));
  checks.insert(checks.end(), attestations.begin(), attestations.end());
  TRY(auto now, tools_.forge.run(request_.run.number()));
  now.evidence.name = "run-after-download";
  CHECK_OK(context.store_evidence({now.evidence}));
  const Checks unchanged = decide_run_unchanged(run_->latest, now);
  checks.insert(checks.end(), unchanged.begin(), unchanged.end());
  TRY(const auto step, context.record(checks));
  // Only what passed becomes the manifest that smoke checks are made against.
  if (step == Step::passed) {
    context.detail()["manifest"] = journal::to_json(*candidate_.manifest);
    context.detail()["manifest_sha256"] = candidate_.manifest->digest().hex();
  }
  return step;
}

journal::Plan CiRunSource::plan() const {
  const forge::ArtifactFacts& artifact = chosen_artifact(policy(), *run_);
  return {.run = request_.run.number(),
          .attempt = run_->latest.attempt.value_or(0),
          .commit = run_->latest.head_sha.value_or(""),
          .artifact = artifact.id.value_or(0),
          .artifact_digest = artifact.digest.value_or(""),
          .manifest = *candidate_.manifest};
}

ApprovalNeed CiRunSource::approvals() const {
  return {.required = policy().approvals.required, .self = {request_.actor}};
}

void CiRunSource::add_to_report(json::Object& document) const {
  document["run"] = request_.run.number();
  if (run_ && run_->latest.attempt.ok()) document["attempt"] = *run_->latest.attempt;
  if (run_ && run_->latest.head_sha.ok()) document["commit"] = *run_->latest.head_sha;
}

}  // namespace packhouse::source
