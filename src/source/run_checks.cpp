#include "source/run_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "base/text.hpp"

namespace packhouse::source {
namespace {

constexpr std::string_view other_run =
    "give the number of a run of this repository's CI on a push to its main branch";
constexpr std::string_view wait_or_fix = "wait for the run to succeed, or fix it and push again";
constexpr std::string_view wait_for_end =
    "the run is at work: wait for it to end, then give the same command again";
constexpr std::string_view correct_build_job =
    "correct `build-job` in the configuration, or promote a run that has such a job";
constexpr std::string_view rebuild = "push a commit to the main branch and promote the run that builds it";

bool is_commit_id(const Field<std::string>& sha) {
  const auto is_hex = [](char c) { return is_ascii_digit(c) || (c >= 'a' && c <= 'f'); };
  return sha.ok() && sha->size() == 40 && std::ranges::all_of(*sha, is_hex);
}

template <typename T>
bool same(const Field<T>& a, const Field<T>& b) {
  return a.ok() && b.ok() && *a == *b;
}

/// Queued, started or waiting: what it has not stated may still come.
bool is_at_work(const forge::RunFacts& run) {
  return run.status.ok() && *run.status != "completed";
}

/// The hint of a check that may pass once the run has ended.
std::string_view hint_at(const forge::RunFacts& run, std::string_view hint) {
  return is_at_work(run) ? wait_for_end : hint;
}

// ----- who and what

void examine_repository(CheckBuilder& exam, const Policy& policy, const RunEvidence& evidence) {
  const forge::RunFacts& run = evidence.latest;
  exam.on({"repository"});
  exam.equal("repository.name", evidence.repository.full_name, policy.repository,
             "the repository was renamed or the configuration names another: set `repository`");
  if (policy.repository_id) {
    exam.equal("repository.id", evidence.repository.id, Field<std::int64_t>(*policy.repository_id),
               "another repository has this name now: find out why before you change `repository-id`");
  }
  exam.on({"run", "repository"});
  exam.equal("run.repository-id", run.repository_id, evidence.repository.id, other_run);
  exam.equal("run.repository-name", run.repository_name, policy.repository, other_run);
  exam.equal("run.head-repository", run.head_repository_id, evidence.repository.id,
             "the commit came from a fork: merge it and promote the run of the main branch");
}

// The path of a run's workflow is stated bare, or with its ref, or with its repository too. Anything else,
// also something that only begins so, is another workflow.
std::vector<std::string> allowed_paths(const Policy& policy) {
  std::vector<std::string> paths;
  for (const std::string& path : {policy.workflow, policy.repository + "/" + policy.workflow}) {
    for (const std::string& ref : {std::string{}, "@" + policy.branch, "@refs/heads/" + policy.branch})
      paths.push_back(path + ref);
  }
  return paths;
}

void examine_workflow(CheckBuilder& exam, const Policy& policy, const RunEvidence& evidence) {
  const forge::RunFacts& run = evidence.latest;
  const std::string hint =
      "give a run of " + policy.workflow + ", or correct `workflow` in the configuration";
  exam.on({"workflow"});
  exam.equal("workflow.path", evidence.workflow.path, policy.workflow, hint);
  exam.equal("workflow.state", evidence.workflow.state, "active",
             "enable the workflow again, if that is right");
  exam.on({"run", "workflow"});
  const auto paths = allowed_paths(policy);
  exam.require("run.workflow-path", run.path.ok() && std::ranges::find(paths, *run.path) != paths.end(),
               quote(policy.workflow) + ", bare or as " + quote(paths.back()), show(run.path), hint);
  exam.require("run.workflow-id", same(run.workflow_id, evidence.workflow.id), show(evidence.workflow.id),
               show(run.workflow_id), hint);

  const auto& called = run.referenced_workflows;
  const auto is_listed = [&](const std::string& path) {
    return std::ranges::find(policy.referenced_workflows, path) != policy.referenced_workflows.end();
  };
  exam.on({"run"}).require(
      "run.referenced-workflows", called.ok() && std::ranges::all_of(*called, is_listed),
      policy.referenced_workflows.empty() ? "none" : "only " + join(policy.referenced_workflows, ", "),
      !called.ok() ? called.error().message : (called->empty() ? "none" : quote(join(*called, ", "))),
      "let the build need no reusable workflow, or list it exactly under `referenced-workflows`");
}

// ----- branch and commit

void examine_commit(CheckBuilder& exam, const Policy& policy, const RunEvidence& evidence) {
  const forge::RunFacts& run = evidence.latest;
  exam.on({"run"}).equal("run.branch", run.head_branch, policy.branch, other_run);
  exam.require("run.commit", is_commit_id(run.head_sha), "40 hexadecimal digits", show(run.head_sha),
               other_run);

  // head_branch holds the bare name of a branch or of a tag. So the branch's tip is asked for as
  // refs/heads/…, and the commit must be an ancestor of it.
  const std::string ref = "refs/heads/" + policy.branch;
  exam.on({"branch"})
      .equal("run.branch-ref", evidence.branch.ref, ref, "correct `branch` in the configuration");
  const forge::AncestryFacts& ancestry = evidence.ancestry;
  const bool is_ancestor = run.head_sha.ok() && ancestry.status.ok() &&
                           (*ancestry.status == "ahead" || *ancestry.status == "identical") &&
                           ancestry.merge_base_sha.ok() && *ancestry.merge_base_sha == *run.head_sha &&
                           ancestry.base_sha.ok() && *ancestry.base_sha == *run.head_sha;
  exam.on({"run", "branch", "ancestry"})
      .require(
          "run.ancestry", is_ancestor,
          fmt::format("{} to be {} or an ancestor of it", show(run.head_sha), show(evidence.branch.sha)),
          fmt::format("compared {}, merge base {}", show(ancestry.status), show(ancestry.merge_base_sha)),
          "the commit is not on the branch (never merged, or a force push removed it): promote a run of a "
          "commit that is");

  const auto& tag = evidence.shadowing_tag;
  exam.on({"tag"}).require("run.tag-shadow", !tag, "no tag named " + quote(policy.branch),
                           tag ? "one at " + show(tag->sha) : "none",
                           "delete the tag: a run of it cannot be told from a run of the branch by name");
}

// ----- attempt

struct Difference {
  std::string_view name;
  bool equal;
  std::string before;
  std::string now;
};

std::string describe(const std::vector<Difference>& fields) {
  std::string text;
  for (const Difference& field : fields) {
    if (field.equal) continue;
    text +=
        fmt::format("{}{} was {} and is {}", text.empty() ? "" : "; ", field.name, field.before, field.now);
  }
  return text;
}

/// What was stated neither time has not changed; whether it had to be stated is for the check of that fact.
template <typename T>
bool unchanged(const Field<T>& before, const Field<T>& now) {
  if (before.ok() || now.ok()) return same(before, now);
  return before.error().message == now.error().message;
}

template <typename T>
Difference compare_field(std::string_view name, const Field<T>& before, const Field<T>& now) {
  return {name, unchanged(before, now), show(before), show(now)};
}

// Only what was decided on: a run has members that change without meaning (its repository's statistics).
std::string run_differences(const forge::RunFacts& before, const forge::RunFacts& now) {
  return describe({compare_field("run_attempt", before.attempt, now.attempt),
                   compare_field("id", before.id, now.id), compare_field("status", before.status, now.status),
                   compare_field("conclusion", before.conclusion, now.conclusion),
                   compare_field("event", before.event, now.event),
                   compare_field("head_branch", before.head_branch, now.head_branch),
                   compare_field("head_sha", before.head_sha, now.head_sha),
                   compare_field("path", before.path, now.path),
                   compare_field("workflow_id", before.workflow_id, now.workflow_id),
                   compare_field("repository", before.repository_id, now.repository_id),
                   compare_field("head_repository", before.head_repository_id, now.head_repository_id)});
}

void examine_attempt(CheckBuilder& exam, const RunEvidence& evidence) {
  const forge::RunFacts& run = evidence.latest;
  const std::string differences = run_differences(run, evidence.attempt);
  exam.on({"run", "attempt"})
      .require("run.attempt", run.attempt.ok() && *run.attempt >= 1 && differences.empty(),
               fmt::format("attempt {} to be the newest, and read by its number to state the same",
                           show(run.attempt)),
               differences.empty() ? "attempt " + show(run.attempt) : differences,
               "the run was started again: wait for it to end, then promote it anew");
}

// ----- its end

void examine_end(CheckBuilder& exam, const forge::RunFacts& run) {
  constexpr std::string_view success = "success";
  exam.equal("run.status", run.status, "completed", hint_at(run, wait_or_fix));
  exam.require(
      "run.conclusion", run.conclusion.ok() && *run.conclusion == success, quote(success),
      is_at_work(run) && !run.conclusion.ok() ? "none yet: the run is at work" : show(run.conclusion),
      hint_at(run, wait_or_fix));
}

// ----- the build job

std::vector<const forge::JobFacts*> jobs_named(const forge::JobListing& listing, const std::string& name) {
  std::vector<const forge::JobFacts*> found;
  for (const forge::JobFacts& job : listing.jobs)
    if (job.name.ok() && *job.name == name) found.push_back(&job);
  return found;
}

std::string list_jobs(const forge::JobListing& listing) {
  std::vector<std::string> names;
  for (const forge::JobFacts& job : listing.jobs)
    names.push_back(job.name.value_or(""));
  return list_names(names, "no job");
}

template <typename Item>
bool is_whole(const std::vector<Item>& items, const Field<std::int64_t>& stated) {
  return stated.ok() && *stated >= 0 && static_cast<std::uint64_t>(*stated) == items.size();
}

void examine_build_job(CheckBuilder& exam, const Policy& policy, const RunEvidence& evidence) {
  const auto jobs = jobs_named(evidence.jobs, policy.build_job);
  const std::string expected =
      fmt::format("one job {} that succeeded in this attempt, for the run's commit", quote(policy.build_job));
  const std::string_view hint = hint_at(evidence.latest, correct_build_job);
  exam.on({"jobs", "run"});
  if (jobs.size() != 1 || !is_whole(evidence.jobs.jobs, evidence.jobs.stated_count)) {
    exam.require(
        "run.build-job", false, expected,
        fmt::format("{} of that name among {} of {} jobs: {}", jobs.size(), evidence.jobs.jobs.size(),
                    show(evidence.jobs.stated_count), list_jobs(evidence.jobs)),
        hint);
    return;
  }
  const forge::JobFacts& job = *jobs.front();
  const bool succeeded =
      job.status.ok() && *job.status == "completed" && job.conclusion.ok() && *job.conclusion == "success";
  exam.require(
      "run.build-job",
      succeeded && same(job.run_id, evidence.latest.id) && same(job.head_sha, evidence.latest.head_sha),
      expected,
      fmt::format("status {}, conclusion {}, run {}, commit {}", show(job.status), show(job.conclusion),
                  show(job.run_id), show(job.head_sha)),
      hint);
}

// ----- artifacts

std::vector<const forge::ArtifactFacts*> live_artifacts(const forge::ArtifactListing& listing) {
  std::vector<const forge::ArtifactFacts*> live;
  for (const forge::ArtifactFacts& artifact : listing.artifacts)
    if (artifact.expired.ok() && !*artifact.expired) live.push_back(&artifact);
  return live;
}

/// A job that is repeated leaves what its earlier attempts uploaded. Anything that was made since the build
/// job of this attempt began is not of those.
bool is_of_earlier_attempt(const Policy& policy, const RunEvidence& evidence,
                           const forge::ArtifactFacts& artifact) {
  const auto jobs = jobs_named(evidence.jobs, policy.build_job);
  if (evidence.latest.attempt.value_or(1) < 2 || jobs.size() != 1) return false;
  const Field<Timestamp>& from = jobs.front()->started_at;
  return from.ok() && artifact.created_at.ok() &&
         *artifact.created_at < std::chrono::floor<std::chrono::seconds>(*from);
}

/// The live artifacts without what earlier attempts left, unless that is all there is.
std::vector<const forge::ArtifactFacts*> candidates(const Policy& policy, const RunEvidence& evidence) {
  const auto live = live_artifacts(evidence.listing);
  if (live.size() < 2) return live;
  auto newest = live;
  std::erase_if(newest, [&](const forge::ArtifactFacts* artifact) {
    return is_of_earlier_attempt(policy, evidence, *artifact);
  });
  return newest.empty() ? live : newest;
}

std::string show_time(const Field<Timestamp>& time) {
  return time.ok() ? to_iso8601(*time) : time.error().message;
}

std::string show_flag(const Field<bool>& flag) {
  return flag.ok() ? (*flag ? "yes" : "no") : flag.error().message;
}

// The listing carries no attempt: an artifact belongs to the attempt in whose build job it was made.
void examine_window(CheckBuilder& exam, const Policy& policy, const RunEvidence& evidence,
                    const forge::ArtifactFacts& artifact) {
  const auto jobs = jobs_named(evidence.jobs, policy.build_job);
  exam.on({"artifacts", "jobs"});
  if (jobs.size() != 1) {
    exam.require("artifact.window", false, fmt::format("made while the job {} ran", quote(policy.build_job)),
                 fmt::format("{} jobs of that name, so nothing to compare {} with", jobs.size(),
                             show_time(artifact.created_at)),
                 hint_at(evidence.latest, correct_build_job));
    return;
  }
  const Field<Timestamp>& from = jobs.front()->started_at;
  const Field<Timestamp>& to = jobs.front()->completed_at;
  const auto seconds = [](Timestamp time) { return std::chrono::floor<std::chrono::seconds>(time); };
  const bool inside = artifact.created_at.ok() && from.ok() && to.ok() &&
                      seconds(*from) <= seconds(*artifact.created_at) &&
                      seconds(*artifact.created_at) <= seconds(*to);
  exam.require("artifact.window", inside,
               fmt::format("made while the job {} ran, from {} to {}", quote(policy.build_job),
                           show_time(from), show_time(to)),
               show_time(artifact.created_at),
               hint_at(evidence.latest,
                       "it was left by another attempt or another job: let the build job alone upload under "
                       "this name, and run the whole workflow again"));
}

bool is_sha256_digest(const Field<std::string>& digest) {
  return digest.ok() && digest->starts_with("sha256:") && Sha256::parse(digest->substr(7)).ok() &&
         *digest == ascii_lower(*digest);
}

void examine_one_artifact(CheckBuilder& exam, const Policy& policy, const RunEvidence& evidence,
                          const forge::ArtifactFacts& artifact) {
  exam.on({"artifacts", "run"});
  const bool of_run = same(artifact.run_id, evidence.latest.id) &&
                      same(artifact.repository_id, evidence.repository.id) &&
                      same(artifact.head_repository_id, evidence.repository.id) &&
                      same(artifact.head_sha, evidence.latest.head_sha);
  exam.require(
      "artifact.run", of_run,
      fmt::format("run {}, repository {}, commit {}", show(evidence.latest.id), show(evidence.repository.id),
                  show(evidence.latest.head_sha)),
      fmt::format("run {}, repository {}, head repository {}, commit {}", show(artifact.run_id),
                  show(artifact.repository_id), show(artifact.head_repository_id), show(artifact.head_sha)),
      rebuild);
  examine_window(exam, policy, evidence, artifact);
  const bool allowed_absence = !artifact.digest_stated && policy.allow_missing_artifact_digest;
  exam.on({"artifacts"})
      .require(
          "artifact.digest-stated", is_sha256_digest(artifact.digest) || allowed_absence,
          "sha256: and 64 hexadecimal digits", artifact.digest_stated ? show(artifact.digest) : "no digest",
          "upload with actions/upload-artifact 4 or newer; for an enterprise server that states none, set "
          "`allow-missing-artifact-digest`");
}

}  // namespace

std::vector<Evidence> RunEvidence::all() const {
  std::vector<Evidence> list{repository.evidence, workflow.evidence, latest.evidence,   attempt.evidence,
                             jobs.evidence,       branch.evidence,   ancestry.evidence, listing.evidence};
  if (shadowing_tag) list.push_back(shadowing_tag->evidence);
  std::erase_if(list, [](const Evidence& evidence) { return evidence.name.empty(); });
  return list;
}

namespace {

std::vector<std::string> names_of(const std::vector<forge::ArtifactFacts>& artifacts) {
  std::vector<std::string> names;
  for (const forge::ArtifactFacts& artifact : artifacts)
    if (artifact.name.ok()) names.push_back(*artifact.name);
  return names;
}

/// Asked for by its name. A name for each attempt is several, so those are chosen from all artifacts; what is
/// chosen is whole if the listing was.
Status gather_artifacts(forge::Forge& forge, const Policy& policy, RunEvidence& evidence) {
  const std::int64_t run = evidence.requested.number();
  if (!names_the_attempt(policy)) {
    TRY(evidence.listing, forge.artifacts(run, policy.artifact));
    if (!evidence.listing.artifacts.empty()) return success();
    // Without an answer there is nothing to name, and the refusal holds.
    const auto all = forge.artifacts(run, std::nullopt);
    if (all.ok()) evidence.other_artifacts = names_of(all->artifacts);
    return success();
  }
  TRY(evidence.listing, forge.artifacts(run, std::nullopt));
  auto& artifacts = evidence.listing.artifacts;
  const bool whole = is_whole(artifacts, evidence.listing.stated_count);
  const auto all = names_of(artifacts);
  // A run that states no attempt is refused by `run.attempt` anyway.
  const std::int64_t attempts = evidence.latest.attempt.value_or(0);
  std::erase_if(artifacts, [&](const forge::ArtifactFacts& artifact) {
    return !is_artifact_name(policy, artifact.name.value_or(""), attempts);
  });
  if (whole) evidence.listing.stated_count = static_cast<std::int64_t>(artifacts.size());
  if (artifacts.empty()) evidence.other_artifacts = all;
  return success();
}

}  // namespace

Result<RunEvidence> gather(forge::Forge& forge, const Policy& policy, RunId run) {
  RunEvidence evidence{.requested = run};
  TRY(evidence.repository, forge.repository());
  TRY(evidence.latest, forge.run(run.number()));
  const std::string file_name(split(policy.workflow, '/').back());
  TRY(evidence.workflow, forge.workflow(file_name));
  if (evidence.latest.attempt.ok()) {
    TRY(evidence.attempt, forge.attempt(run.number(), *evidence.latest.attempt));
    TRY(evidence.jobs, forge.jobs(run.number(), *evidence.latest.attempt));
  }
  TRY(evidence.branch, forge.branch(policy.branch));
  TRY(evidence.shadowing_tag, forge.tag(policy.branch));
  if (is_commit_id(evidence.latest.head_sha) && is_commit_id(evidence.branch.sha)) {
    // A commit that this repository has never had answers 404: no ancestor, and no error either.
    auto ancestry = forge.compare(*evidence.latest.head_sha, *evidence.branch.sha);
    if (ancestry.ok()) {
      evidence.ancestry = *std::move(ancestry);
    } else if (ancestry.error().code != Errc::not_found) {
      return ancestry.error();
    }
  }
  CHECK_OK(gather_artifacts(forge, policy, evidence));
  return evidence;
}

Checks decide_run(const Policy& policy, const RunEvidence& evidence) {
  CheckBuilder exam;
  exam.on({"run"}).equal("run.id", evidence.latest.id, Field<std::int64_t>(evidence.requested.number()),
                         "the forge answered with another run: try again, and report it if it stays so");
  examine_repository(exam, policy, evidence);
  exam.on({"run"}).equal("run.event", evidence.latest.event, policy.event, other_run);
  examine_end(exam, evidence.latest);
  examine_workflow(exam, policy, evidence);
  examine_commit(exam, policy, evidence);
  examine_attempt(exam, evidence);
  examine_build_job(exam, policy, evidence);
  return exam.take();
}

Checks decide_artifact(const Policy& policy, const RunEvidence& evidence) {
  CheckBuilder exam;
  const forge::ArtifactListing& listing = evidence.listing;
  const auto live = live_artifacts(listing);
  exam.on({"artifacts"});
  const std::string& name = policy.artifact;
  const auto chosen = candidates(policy, evidence);
  const auto is_named = [&](const forge::ArtifactFacts& artifact) {
    return artifact.name.ok() &&
           is_artifact_name(policy, *artifact.name, evidence.latest.attempt.value_or(0));
  };
  exam.require("artifact.name", std::ranges::all_of(listing.artifacts, is_named),
               "only artifacts named " + quote(name),
               fmt::format("{} of {} have that name", std::ranges::count_if(listing.artifacts, is_named),
                           listing.artifacts.size()),
               "the forge answered with other artifacts: try again, and report it if it stays so");
  exam.require("artifact.not-expired", !live.empty() || listing.artifacts.empty(), "not expired",
               live.empty() && !listing.artifacts.empty()
                   ? "expired: " + show_flag(listing.artifacts.front().expired)
                   : "live",
               rebuild, RefusalKind::missing);
  const std::string others =
      listing.artifacts.empty()
          ? "; the run has " + list_names(evidence.other_artifacts, "no artifact of another name")
          : "";
  exam.require("artifact.unique", chosen.size() == 1 && is_whole(listing.artifacts, listing.stated_count),
               fmt::format("exactly one live artifact {}, beside what earlier attempts left", quote(name)),
               fmt::format("{} live of {} listed; the forge states {}{}", chosen.size(),
                           listing.artifacts.size(), show(listing.stated_count), others),
               hint_at(evidence.latest,
                       live.empty() ? "correct `artifact` in the configuration, or let the build job upload "
                                      "its wheels and sdist under this name"
                                    : "let one job alone upload under this name, and once"),
               live.empty() ? RefusalKind::missing : RefusalKind::policy);
  if (chosen.size() == 1) examine_one_artifact(exam, policy, evidence, *chosen.front());
  return exam.take();
}

const forge::ArtifactFacts& chosen_artifact(const Policy& policy, const RunEvidence& evidence) {
  return *candidates(policy, evidence).at(0);
}

Checks decide_artifact_unchanged(const forge::ArtifactFacts& before, const forge::ArtifactFacts& now) {
  std::vector<Difference> fields{
      compare_field("id", before.id, now.id), compare_field("name", before.name, now.name),
      compare_field("size", before.size, now.size), compare_field("run", before.run_id, now.run_id),
      compare_field("commit", before.head_sha, now.head_sha)};
  fields.push_back(
      {"expired", same(before.expired, now.expired), show_flag(before.expired), show_flag(now.expired)});
  fields.push_back({"created_at", same(before.created_at, now.created_at), show_time(before.created_at),
                    show_time(now.created_at)});
  if (before.digest_stated || now.digest_stated)
    fields.push_back(compare_field("digest", before.digest, now.digest));
  const std::string differences = describe(fields);
  CheckBuilder exam;
  exam.on({"artifacts", "artifact"})
      .require("artifact.unchanged", differences.empty(), "the artifact as it was listed",
               differences.empty() ? "the same" : differences, "promote the run anew");
  return exam.take();
}

Checks decide_run_unchanged(const forge::RunFacts& before, const forge::RunFacts& now) {
  const std::string differences = run_differences(before, now);
  CheckBuilder exam;
  exam.on({"run", "run-after-download"})
      .require("run.unchanged", differences.empty(), "the run as it was before the download",
               differences.empty() ? "the same" : differences,
               "the run was started again meanwhile: wait for it to end, then promote it anew");
  return exam.take();
}

}  // namespace packhouse::source
