#include "release/ci_origin.hpp"

#include "release/attestation.hpp"

namespace packhouse::release {

Result<Step> CiOrigin::preflight(StepDesk& desk) {
  TRY(run_, gather(tools_.forge, policy(), request_.run));
  CHECK_OK(desk.keep(run_->all()));
  Checks checks = decide_run(policy(), *run_);
  const Checks artifact = decide_artifact(policy(), *run_);
  checks.insert(checks.end(), artifact.begin(), artifact.end());
  return desk.judge(std::move(checks));
}

std::vector<Origin::NamedStep> CiOrigin::steps() {
  return {{"fetch", [this](StepDesk& desk) { return fetch(desk); }},
          {"verify", [this](StepDesk& desk) { return verify(desk); }}};
}

Result<Step> CiOrigin::fetch(StepDesk& desk) {
  const ArtifactFacts& artifact = chosen_artifact(run_->listing);
  TRY(const auto now, tools_.forge.artifact(*artifact.id));
  TRY(const auto unchanged, desk.judge(decide_artifact_unchanged(artifact, now)));
  if (unchanged == Step::refused) return Step::refused;
  const std::string label = "download " + policy().artifact;
  TRY(archive_, fetch_archive(tools_.forge, tools_.disk, *artifact.id, desk.work() / "artifact.zip",
                              settings_.max_archive_bytes, tools_.output.transfer(label)));
  tools_.output.transferred(label, archive_->size);
  desk.detail()["archive_sha256"] = archive_->sha256.hex();
  return desk.judge(decide_archive(policy(), artifact, *archive_));
}

Result<Step> CiOrigin::verify(StepDesk& desk) {
  const Path folder = desk.work() / "dist";
  CHECK_OK(tools_.disk.make_folders(folder));
  TRY(candidate_, unpack(tools_.disk, archive_->path, folder, settings_.files));
  TRY(const auto members, desk.judge(candidate_.checks));
  if (members == Step::refused) return Step::refused;
  for (const std::string& warning : file_warnings(candidate_))
    tools_.output.warn(warning);
  Checks checks = decide_files(policy(), request_.version, candidate_, settings_.files);
  const AttestedRun attested{policy(), *run_, settings_.server_url, settings_.trusted_roots};
  TRY(const auto attestations, check_attestations(tools_.forge, attested, candidate_));
  checks.insert(checks.end(), attestations.begin(), attestations.end());
  TRY(auto now, tools_.forge.run(request_.run.number()));
  now.evidence.name = "run-after-download";
  CHECK_OK(desk.keep({now.evidence}));
  const Checks unchanged = decide_run_unchanged(run_->latest, now);
  checks.insert(checks.end(), unchanged.begin(), unchanged.end());
  TRY(const auto step, desk.judge(std::move(checks)));
  // Only what passed becomes the manifest that smoke checks are made against.
  if (step == Step::passed) {
    desk.detail()["manifest"] = to_json(*candidate_.manifest);
    desk.detail()["manifest_sha256"] = candidate_.manifest->digest().hex();
  }
  return step;
}

Plan CiOrigin::plan() const {
  const ArtifactFacts& artifact = chosen_artifact(run_->listing);
  return {.run = request_.run.number(),
          .attempt = run_->latest.attempt.value_or(0),
          .commit = run_->latest.head_sha.value_or(""),
          .artifact = artifact.id.value_or(0),
          .artifact_digest = artifact.digest.value_or(""),
          .manifest = *candidate_.manifest};
}

ApprovalNeed CiOrigin::approvals() const {
  return {.purpose = std::string(promotion_purpose),
          .required = policy().approvals.required,
          .self = {request_.actor}};
}

void CiOrigin::describe(json::Object& document) const {
  document["run"] = request_.run.number();
  if (run_ && run_->latest.attempt.ok()) document["attempt"] = *run_->latest.attempt;
  if (run_ && run_->latest.head_sha.ok()) document["commit"] = *run_->latest.head_sha;
}

}  // namespace packhouse::release
