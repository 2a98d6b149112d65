#include "source/run_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "source/differences.hpp"
#include "source/run_hints.hpp"

namespace packhouse::source {
namespace {

constexpr std::string_view other_run =
    "give the number of a run of this repository's CI on a push to its main branch";
constexpr std::string_view other_ref =
    "give a run of what the settings take: `branch`, `tags` and `events` widen it";

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
std::vector<std::string> allowed_paths(const Policy& policy, const RunRef& ref) {
  std::vector<std::string> paths;
  for (const std::string& path : {policy.workflow, policy.repository + "/" + policy.workflow}) {
    for (const std::string& at : {std::string{}, "@" + ref.name, "@" + ref.full()})
      paths.push_back(path + at);
  }
  return paths;
}

/// Listed exactly; or by the path of a file of this repository, and then the one at the run's own commit.
bool is_listed(const Policy& policy, const forge::RunFacts& run, const forge::CalledWorkflow& called) {
  const auto listed = [&](std::string_view path) {
    return std::ranges::find(policy.referenced_workflows, path) != policy.referenced_workflows.end();
  };
  if (listed(called.path)) return true;
  const std::string own = policy.repository + "/";
  if (!called.path.starts_with(own)) return false;
  const std::string path = called.path.substr(own.size(), called.path.rfind('@') - own.size());
  return listed(path) && run.head_sha.ok() && called.sha == *run.head_sha;
}

std::string show(const Field<std::vector<forge::CalledWorkflow>>& called) {
  if (!called.ok()) return called.error().message;
  std::vector<std::string> words;
  for (const forge::CalledWorkflow& each : *called)
    words.push_back(each.sha.empty() ? each.path : fmt::format("{} of commit {}", each.path, each.sha));
  return words.empty() ? "none" : quote(join(words, ", "));
}

void examine_called(CheckBuilder& exam, const Policy& policy, const forge::RunFacts& run) {
  const auto& called = run.referenced_workflows;
  const auto is_allowed = [&](const forge::CalledWorkflow& each) { return is_listed(policy, run, each); };
  exam.on({"run"}).require(
      "run.referenced-workflows", called.ok() && std::ranges::all_of(*called, is_allowed),
      policy.referenced_workflows.empty() ? "none" : "only " + join(policy.referenced_workflows, ", "),
      show(called),
      "let the build need no reusable workflow, or list it under `referenced-workflows`: exactly, or by its "
      "path in this repository");
}

void examine_workflow(CheckBuilder& exam, const Policy& policy, const RunRef& ref,
                      const RunEvidence& evidence) {
  const forge::RunFacts& run = evidence.latest;
  const std::string hint =
      "give a run of " + policy.workflow + ", or correct `workflow` in the configuration";
  exam.on({"workflow"});
  exam.equal("workflow.path", evidence.workflow.path, policy.workflow, hint);
  exam.equal("workflow.state", evidence.workflow.state, "active",
             "enable the workflow again, if that is right");
  exam.on({"run", "workflow"});
  const auto paths = allowed_paths(policy, ref);
  exam.require("run.workflow-path", run.path.ok() && std::ranges::find(paths, *run.path) != paths.end(),
               quote(policy.workflow) + ", bare or as " + quote(paths.back()), show(run.path), hint);
  exam.require("run.workflow-id", same(run.workflow_id, evidence.workflow.id), show(evidence.workflow.id),
               show(run.workflow_id), hint);
  examine_called(exam, policy, run);
}

/// What the policy takes: "push", or "push" or "release".
std::string list_events(const Policy& policy) {
  std::vector<std::string> words;
  for (const std::string& event : policy.events)
    words.push_back(quote(event));
  return join(words, " or ");
}

void examine_event(CheckBuilder& exam, const Policy& policy, const forge::RunFacts& run) {
  exam.on({"run"}).require("run.event", run.event.ok() && takes_event(policy, *run.event),
                           list_events(policy), show(run.event), other_run);
}

// ----- branch, tag and commit

std::string list_branches(const Policy& policy) {
  std::string words = quote(policy.branch);
  for (const forge::NamePattern& branch : policy.other_branches)
    words += " or " + quote(branch.str());
  return words;
}

// head_branch holds the bare name of a branch or of a tag. So the branch's tip is asked for as refs/heads/…,
// and the commit must be an ancestor of it.
void examine_ancestry(CheckBuilder& exam, const Policy& policy, const RunRef& ref,
                      const RunEvidence& evidence) {
  const forge::RunFacts& run = evidence.latest;
  std::vector<std::string> refs{"refs/heads/" + ref.branch};
  for (const forge::NamePattern& pattern : policy.other_branches) {
    if (ref.kind == RunRef::Kind::tag && pattern.is_exact()) refs.push_back("refs/heads/" + pattern.str());
  }
  const auto& branch = evidence.branch.ref;
  exam.on({"branch"})
      .require("run.branch-ref", branch.ok() && std::ranges::find(refs, *branch) != refs.end(),
               quote(join(refs, " or ")), show(branch), "correct `branch` in the configuration");
  exam.on({"run", "branch", "ancestry"})
      .require(
          "run.ancestry", is_ancestor(run.head_sha, evidence.ancestry),
          fmt::format("{} to be {} or an ancestor of it", show(run.head_sha), show(evidence.branch.sha)),
          fmt::format("compared {}, merge base {}", show(evidence.ancestry.status),
                      show(evidence.ancestry.merge_base_sha)),
          "the commit is not on the branch (never merged, or a force push removed it): promote a run of a "
          "commit that is");
}

void examine_shadow(CheckBuilder& exam, std::string_view id, std::string_view kind, const std::string& name,
                    const std::optional<forge::RefFacts>& found) {
  exam.on({id == "run.tag-shadow" ? "tag" : "shadowing-branch"})
      .require(id, !found, fmt::format("no {} named {}", kind, quote(name)),
               found ? "one at " + show(found->sha) : "none",
               fmt::format("delete the {0}: a run of it cannot be told by name from the one that is wanted",
                           kind));
}

void examine_tag(CheckBuilder& exam, const std::string& name, const RunEvidence& evidence) {
  const auto& tag = evidence.tag;
  exam.on({"run", "tag"})
      .require("run.tag-commit", tag && same(tag->sha, evidence.latest.head_sha),
               fmt::format("the tag {} at the run's commit {}", quote(name), show(evidence.latest.head_sha)),
               tag ? "one at " + show(tag->sha) : "no such tag",
               "the tag was moved or deleted after the run: promote the run of the tag as it is");
  if (!evidence.latest.tells_tags)
    examine_shadow(exam, "run.branch-shadow", "branch", name, evidence.shadowing_branch);
}

void examine_commit(CheckBuilder& exam, const Policy& policy, const RunRef& ref,
                    const RunEvidence& evidence) {
  const forge::RunFacts& run = evidence.latest;
  const auto& name = stated_name(ref, run);
  const bool of_tag = ref.kind == RunRef::Kind::tag;
  const bool is_it = name.ok() && *name == ref.name;
  exam.on({"run"});
  const bool of_branch = ref.kind == RunRef::Kind::branch;
  exam.require(of_tag ? "run.tag" : "run.branch", is_it, of_branch ? list_branches(policy) : quote(ref.name),
               show(name), of_tag ? "give the run of the tag that this version has" : other_ref);
  exam.require("run.commit", is_commit_id(run.head_sha), "40 hexadecimal digits", show(run.head_sha),
               other_run);
  examine_ancestry(exam, policy, ref, evidence);
  if (of_tag) {
    examine_tag(exam, ref.name, evidence);
  } else {
    examine_shadow(exam, "run.tag-shadow", "tag", ref.name, evidence.shadowing_tag);
  }
}

// ----- attempt

// Only what was decided on: a run has members that change without meaning (its repository's statistics).
std::string run_differences(const forge::RunFacts& before, const forge::RunFacts& now) {
  return describe({compare_field("run_attempt", before.attempt, now.attempt),
                   compare_field("id", before.id, now.id), compare_field("status", before.status, now.status),
                   compare_field("conclusion", before.conclusion, now.conclusion),
                   compare_field("event", before.event, now.event),
                   compare_field("head_branch", before.head_branch, now.head_branch),
                   compare_field("head_tag", before.head_tag, now.head_tag),
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

// ----- the build jobs

std::string list_jobs(const forge::JobListing& listing) {
  std::vector<std::string> names;
  for (const forge::JobFacts& job : listing.jobs)
    names.push_back(job.name.value_or(""));
  return list_names(names, "no job");
}

bool succeeded(const forge::JobFacts& job, const forge::RunFacts& run) {
  return job.status.ok() && *job.status == "completed" && job.conclusion.ok() &&
         *job.conclusion == "success" && same(job.run_id, run.id) && same(job.head_sha, run.head_sha);
}

std::string describe(const forge::JobFacts& job) {
  return fmt::format("{}: status {}, conclusion {}, run {}, commit {}", show(job.name), show(job.status),
                     show(job.conclusion), show(job.run_id), show(job.head_sha));
}

void examine_build_job(CheckBuilder& exam, const forge::NamePattern& name, const RunEvidence& evidence) {
  const auto jobs = jobs_named(evidence.jobs, name);
  const forge::RunFacts& run = evidence.latest;
  const std::string expected = fmt::format("{} {} that succeeded in this attempt, for the run's commit",
                                           name.has_star() ? "jobs" : "one job", quote(name.str()));
  const std::string_view hint = hint_at(run, correct_build_job);
  exam.on({"jobs", "run"});
  if (jobs.empty() || (jobs.size() > 1 && !name.has_star()) ||
      !is_whole(evidence.jobs.jobs, evidence.jobs.stated_count)) {
    exam.require(
        "run.build-job", false, expected,
        fmt::format("{} of that name among {} of {} jobs: {}", jobs.size(), evidence.jobs.jobs.size(),
                    show(evidence.jobs.stated_count), list_jobs(evidence.jobs)),
        hint);
    return;
  }
  const auto bad =
      std::ranges::find_if(jobs, [&](const forge::JobFacts* job) { return !succeeded(*job, run); });
  const std::string found = jobs.size() == 1 ? describe(*jobs.front()) : fmt::format("{} jobs", jobs.size());
  exam.require("run.build-job", bad == jobs.end(), expected, bad == jobs.end() ? found : describe(**bad),
               hint);
}

/// Each name once: several artifacts may be of one job.
void examine_build_jobs(CheckBuilder& exam, const Policy& policy, const RunEvidence& evidence) {
  forge::BuildJobs seen;
  for (const forge::NamePattern& job : build_jobs(policy)) {
    if (std::ranges::find(seen, job) != seen.end()) continue;
    examine_build_job(exam, job, evidence);
    seen.push_back(job);
  }
}

void examine_end(CheckBuilder& exam, const forge::RunFacts& run) {
  constexpr std::string_view success = "success";
  exam.equal("run.status", run.status, "completed", hint_at(run, wait_or_fix));
  exam.require(
      "run.conclusion", run.conclusion.ok() && *run.conclusion == success, quote(success),
      is_at_work(run) && !run.conclusion.ok() ? "none yet: the run is at work" : show(run.conclusion),
      hint_at(run, wait_or_fix));
}

}  // namespace

std::vector<const forge::JobFacts*> jobs_named(const forge::JobListing& listing,
                                               const forge::NamePattern& name) {
  std::vector<const forge::JobFacts*> found;
  for (const forge::JobFacts& job : listing.jobs)
    if (job.name.ok() && name.matches(*job.name)) found.push_back(&job);
  return found;
}

Checks decide_run(const Policy& policy, const RunEvidence& evidence) {
  const RunRef ref = ref_of(policy, evidence.version_tag, evidence.latest);
  CheckBuilder exam;
  exam.on({"run"}).equal("run.id", evidence.latest.id, Field<std::int64_t>(evidence.requested.number()),
                         "the forge answered with another run: try again, and report it if it stays so");
  examine_repository(exam, policy, evidence);
  examine_event(exam, policy, evidence.latest);
  examine_end(exam, evidence.latest);
  examine_workflow(exam, policy, ref, evidence);
  examine_commit(exam, policy, ref, evidence);
  examine_attempt(exam, evidence);
  examine_build_jobs(exam, policy, evidence);
  return exam.take();
}

Checks decide_tag_unchanged(const std::optional<forge::RefFacts>& before,
                            const std::optional<forge::RefFacts>& now) {
  const bool same_tag = before && now && same(before->sha, now->sha);
  const auto describe_tag = [](const std::optional<forge::RefFacts>& tag) {
    return tag ? show(tag->sha) : std::string("no such tag");
  };
  CheckBuilder exam;
  exam.on({"tag", "tag-before-publication"})
      .require("run.tag-unchanged", same_tag, "the tag where it was, at " + describe_tag(before),
               describe_tag(now), "the tag was moved or deleted meanwhile: find out why. Nothing is public");
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
