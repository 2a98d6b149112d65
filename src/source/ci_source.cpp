#include "source/ci_source.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/text.hpp"
#include "source/attestation_checks.hpp"

namespace packhouse::source {

Result<Step> CiRunSource::preflight(StepContext& context) {
  TRY(run_, gather(tools_.forge, policy(), request_.run, request_.version));
  CHECK_OK(context.store_evidence(run_->all()));
  const auto widened = widenings(policy());
  if (!widened.empty()) context.detail()["widened"] = json::Array(widened.begin(), widened.end());
  Checks checks = decide_run(policy(), *run_);
  const Checks artifacts = decide_artifacts(policy(), *run_);
  checks.insert(checks.end(), artifacts.begin(), artifacts.end());
  TRY(const auto step, context.record(checks));
  if (step == Step::passed) artifacts_ = chosen_artifacts(policy(), *run_);
  return step;
}

std::vector<ReleaseSource::NamedStep> CiRunSource::steps() {
  return {{"fetch", [this](StepContext& context) { return fetch(context); }},
          {"verify", [this](StepContext& context) { return verify(context); }}};
}

bool CiRunSource::has_several() const {
  return artifacts_.size() > 1;
}

Result<Step> CiRunSource::fetch(StepContext& context) {
  json::Array fetched;
  for (const forge::ArtifactFacts& artifact : artifacts_) {
    TRY(const auto step, fetch_one(artifact, context));
    if (archives_.size() > fetched.size()) {
      fetched.push_back(json::Object{{"artifact", artifact.id.value_or(0)},
                                     {"name", artifact.name.value_or("")},
                                     {"sha256", archives_.back().sha256.hex()}});
    }
    if (step == Step::refused) return Step::refused;
  }
  // Of one artifact the archive's digest says it all.
  if (has_several()) {
    context.detail()["archives"] = std::move(fetched);
  } else {
    context.detail()["archive_sha256"] = archives_.front().sha256.hex();
  }
  return Step::passed;
}

Result<Step> CiRunSource::fetch_one(const forge::ArtifactFacts& artifact, StepContext& context) {
  TRY(const auto now, tools_.forge.artifact(*artifact.id));
  TRY(const auto unchanged, context.record(decide_artifact_unchanged(artifact, now)));
  if (unchanged == Step::refused) return Step::refused;
  // The limit is one for all of them together.
  std::uint64_t room = settings_.max_archive_bytes;
  for (const FetchedArchive& each : archives_)
    room -= each.size;
  // What a pattern matched is the forge's text.
  const std::string name = artifact.name.value_or("");
  const bool is_configured = policy().artifacts.size() == 1 && policy().artifacts.front().name.is_exact();
  const std::string label = "download " + (is_configured ? name : quote(name));
  const Path target = context.work() / fmt::format("artifact-{}.zip", archives_.size());
  TRY(auto archive,
      fetch_archive(tools_.forge, tools_.disk, *artifact.id, target, room, tools_.console.transfer(label)));
  tools_.console.transferred(label, archive.size);
  archives_.push_back(std::move(archive));
  return context.record(decide_archive(policy(), artifact, archives_.back()));
}

/// Of several artifacts none needs a file of each kind; `release.kinds` asks that of all of them. What one
/// may hold is one limit for all.
Result<Candidate> CiRunSource::unpack_all(const Path& work) const {
  if (!has_several()) return unpack_one(0, settings_.files, work);
  dist::Policy files = settings_.files;
  CHECK_OK(files.set("artifact.has-wheel", "off"));
  CHECK_OK(files.set("artifact.has-sdist", "off"));
  archive::Limits room = settings_.files.archive().limits;
  std::vector<Candidate> candidates;
  for (std::size_t i = 0; i < archives_.size(); ++i) {
    CHECK_OK(files.set("limits.total-size", std::to_string(room.total_size)));
    CHECK_OK(files.set("limits.entries", std::to_string(room.entries)));
    TRY(auto candidate, unpack_one(i, files, work));
    for (const client::ReleaseFile& file : candidate.files)
      room.total_size -= file.size;
    room.entries -= candidate.files.size();
    candidates.push_back(std::move(candidate));
  }
  return merge(std::move(candidates));
}

Result<Candidate> CiRunSource::unpack_one(std::size_t position, const dist::Policy& files,
                                          const Path& work) const {
  const Path folder = work / "dist" / std::to_string(position);
  CHECK_OK(tools_.disk.make_folders(folder));
  const std::string name = has_several() ? artifacts_.at(position).name.value_or("") : "";
  return unpack(tools_.disk, {name, archives_.at(position).path, folder}, files, policy().sidecars);
}

Result<Step> CiRunSource::verify(StepContext& context) {
  TRY(candidate_, unpack_all(context.work()));
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
  journal::Plan plan{.run = request_.run.number(),
                     .attempt = run_->latest.attempt.value_or(0),
                     .commit = run_->latest.head_sha.value_or(""),
                     .manifest = *candidate_.manifest};
  for (const forge::ArtifactFacts& artifact : artifacts_) {
    plan.artifacts.push_back(
        {artifact.id.value_or(0), artifact.name.value_or(""), artifact.digest.value_or("")});
  }
  return plan;
}

Result<Step> CiRunSource::before_publication(StepContext& context) {
  const RunRef ref = ref_of(policy(), run_->version_tag, run_->latest);
  if (ref.kind != RunRef::Kind::tag) return Step::passed;
  TRY(auto now, tools_.forge.tag(ref.name));
  if (now) {
    now->evidence.name = "tag-before-publication";
    CHECK_OK(context.store_evidence({now->evidence}));
  }
  return context.record(decide_tag_unchanged(run_->tag, now));
}

ApprovalNeed CiRunSource::approvals() const {
  return {.required = policy().approvals.required, .self = {request_.actor}};
}

void CiRunSource::add_to_report(json::Object& document) const {
  document["run"] = request_.run.number();
  if (run_ && run_->latest.attempt.ok()) document["attempt"] = *run_->latest.attempt;
  if (run_ && run_->latest.head_sha.ok()) document["commit"] = *run_->latest.head_sha;
  json::Array names;
  for (const forge::ArtifactFacts& artifact : artifacts_)
    names.emplace_back(artifact.name.value_or(""));
  document["artifacts"] = std::move(names);
}

}  // namespace packhouse::source
