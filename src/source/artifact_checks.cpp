#include "source/artifact_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>

#include "base/text.hpp"
#include "source/differences.hpp"
#include "source/run_checks.hpp"
#include "source/run_hints.hpp"

namespace packhouse::source {
namespace {

using Artifacts = std::vector<const forge::ArtifactFacts*>;
using Jobs = std::vector<const forge::JobFacts*>;

constexpr std::string_view rebuild = "push a commit to the main branch and promote the run that builds it";

/// What one rule has in the run.
struct Found {
  const ArtifactRule& rule;
  Artifacts listed;
  Artifacts live;
  Artifacts chosen;  ///< one of each name where `unique`
  bool unique = true;
};

std::chrono::sys_seconds seconds(Timestamp time) {
  return std::chrono::floor<std::chrono::seconds>(time);
}

// The listing carries no attempt: an artifact belongs to the attempt in whose build job it was made.
bool is_made_by(const forge::ArtifactFacts& artifact, const forge::JobFacts& job) {
  return artifact.created_at.ok() && job.started_at.ok() && job.completed_at.ok() &&
         seconds(*job.started_at) <= seconds(*artifact.created_at) &&
         seconds(*artifact.created_at) <= seconds(*job.completed_at);
}

/// The jobs of the rule; of an artifact whose job the forge states, that one.
Jobs jobs_of(const ArtifactRule& rule, const RunEvidence& evidence, const forge::ArtifactFacts& artifact) {
  Jobs jobs = jobs_named(evidence.jobs, rule.job);
  std::erase_if(jobs, [&](const forge::JobFacts* job) {
    return !artifact.job.empty() && job->name.value_or("") != artifact.job;
  });
  return jobs;
}

/// The artifact of one name. A job that is repeated leaves what its earlier attempts uploaded: the newest is
/// taken if the job that made it began after all others were made. Empty: it cannot be told.
Artifacts newest_of(const Artifacts& live, const ArtifactRule& rule, const RunEvidence& evidence) {
  if (live.size() < 2) return live;
  const bool dated = std::ranges::all_of(live, [](const auto* each) { return each->created_at.ok(); });
  if (!dated || evidence.latest.attempt.value_or(1) < 2) return {};
  const auto* newest =
      *std::ranges::max_element(live, {}, [](const auto* artifact) { return *artifact->created_at; });
  for (const forge::JobFacts* job : jobs_of(rule, evidence, *newest)) {
    const bool others_are_older = std::ranges::all_of(live, [&](const forge::ArtifactFacts* each) {
      return each == newest || (job->started_at.ok() && *each->created_at < seconds(*job->started_at));
    });
    if (others_are_older && is_made_by(*newest, *job)) return {newest};
  }
  return {};
}

Found find(const Policy& policy, const ArtifactRule& rule, const RunEvidence& evidence) {
  Found found{.rule = rule, .listed = {}, .live = {}, .chosen = {}};
  const std::int64_t attempts = evidence.latest.attempt.value_or(0);
  std::map<std::string, Artifacts> names;
  for (const forge::ArtifactFacts& artifact : evidence.listing.artifacts) {
    const std::string name = artifact.name.value_or("");
    if (rule_of(policy, name, attempts) != &rule) continue;
    found.listed.push_back(&artifact);
    if (!artifact.expired.ok() || *artifact.expired) continue;
    found.live.push_back(&artifact);
    names[rule.name.match(name, attempts)->slot].push_back(&artifact);
  }
  for (const auto& [name, live] : names) {
    const Artifacts newest = newest_of(live, rule, evidence);
    found.unique = found.unique && newest.size() == 1;
    found.chosen.insert(found.chosen.end(), newest.begin(), newest.end());
  }
  return found;
}

std::string show_time(const Field<Timestamp>& time) {
  return time.ok() ? to_iso8601(*time) : time.error().message;
}

std::string show_flag(const Field<bool>& flag) {
  return flag.ok() ? (*flag ? "yes" : "no") : flag.error().message;
}

std::string list_names_of(const Artifacts& artifacts) {
  std::vector<std::string> names;
  for (const forge::ArtifactFacts* artifact : artifacts)
    names.push_back(artifact->name.value_or(""));
  return list_names(names, "none");
}

/// "NAME: " where a rule has several.
std::string prefix_of(const Policy& policy, const forge::ArtifactFacts& artifact) {
  const bool one = policy.artifacts.size() == 1 && !policy.artifacts.front().name.has_star();
  return one ? "" : quote(artifact.name.value_or("")) + ": ";
}

// ----- each artifact

void examine_window(CheckBuilder& exam, const Policy& policy, const ArtifactRule& rule,
                    const RunEvidence& evidence, const forge::ArtifactFacts& artifact) {
  const Jobs jobs = jobs_of(rule, evidence, artifact);
  const std::string name = quote(rule.job.str());
  exam.on({"artifacts", "jobs"});
  if (jobs.empty() || (jobs.size() > 1 && !rule.job.has_star())) {
    exam.require("artifact.window", false, fmt::format("made while the job {} ran", name),
                 fmt::format("{}{} jobs of that name, so nothing to compare {} with",
                             prefix_of(policy, artifact), jobs.size(), show_time(artifact.created_at)),
                 hint_at(evidence.latest, correct_build_job));
    return;
  }
  const bool inside =
      std::ranges::any_of(jobs, [&](const forge::JobFacts* job) { return is_made_by(artifact, *job); });
  const std::string expected =
      jobs.size() > 1
          ? fmt::format("made while one of the {} jobs {} ran", jobs.size(), name)
          : fmt::format("made while the job {} ran, from {} to {}", quote(jobs.front()->name.value_or("")),
                        show_time(jobs.front()->started_at), show_time(jobs.front()->completed_at));
  exam.require("artifact.window", inside, expected,
               prefix_of(policy, artifact) + show_time(artifact.created_at),
               hint_at(evidence.latest,
                       "it was left by another attempt or another job: let the build job alone upload under "
                       "this name, and run the whole workflow again"));
}

bool is_sha256_digest(const Field<std::string>& digest) {
  return digest.ok() && digest->starts_with("sha256:") && Sha256::parse(digest->substr(7)).ok() &&
         *digest == ascii_lower(*digest);
}

void examine_artifact(CheckBuilder& exam, const Policy& policy, const ArtifactRule& rule,
                      const RunEvidence& evidence, const forge::ArtifactFacts& artifact) {
  exam.on({"artifacts", "run"});
  const bool of_run = same(artifact.run_id, evidence.latest.id) &&
                      same(artifact.repository_id, evidence.repository.id) &&
                      same(artifact.head_repository_id, evidence.repository.id) &&
                      same(artifact.head_sha, evidence.latest.head_sha);
  const std::string prefix = prefix_of(policy, artifact);
  exam.require(
      "artifact.run", of_run,
      fmt::format("run {}, repository {}, commit {}", show(evidence.latest.id), show(evidence.repository.id),
                  show(evidence.latest.head_sha)),
      fmt::format("{}run {}, repository {}, head repository {}, commit {}", prefix, show(artifact.run_id),
                  show(artifact.repository_id), show(artifact.head_repository_id), show(artifact.head_sha)),
      rebuild);
  examine_window(exam, policy, rule, evidence, artifact);
  const bool allowed_absence = !artifact.digest_stated && policy.allow_missing_artifact_digest;
  exam.on({"artifacts"})
      .require("artifact.digest-stated", is_sha256_digest(artifact.digest) || allowed_absence,
               "sha256: and 64 hexadecimal digits",
               prefix + (artifact.digest_stated ? show(artifact.digest) : "no digest"),
               "upload with actions/upload-artifact 4 or newer; for an enterprise server that states none, "
               "set `allow-missing-artifact-digest`");
}

// ----- each rule

void examine_unique(CheckBuilder& exam, const RunEvidence& evidence, const Found& found) {
  const forge::ArtifactListing& listing = evidence.listing;
  const bool several = found.rule.name.has_star();
  const std::string name = quote(found.rule.name.str());
  const bool right_count = several ? !found.chosen.empty() : found.chosen.size() == 1;
  const std::string others =
      found.listed.empty()
          ? "; the run has " + list_names(evidence.other_artifacts, "no artifact of another name")
          : "";
  const bool none = found.live.empty();
  exam.on({"artifacts"})
      .require(
          "artifact.unique", found.unique && right_count && is_whole(listing.artifacts, listing.stated_count),
          fmt::format("{} {}, beside what earlier attempts left",
                      several ? "live artifacts, one of each name," : "exactly one live artifact", name),
          fmt::format("{} live of {} listed{}; the forge states {}{}", found.live.size(),
                      listing.artifacts.size(), several && !none ? ": " + list_names_of(found.live) : "",
                      show(listing.stated_count), others),
          hint_at(evidence.latest, none ? "correct `artifact` in the configuration, or let the build job "
                                          "upload its wheels and sdist under this name"
                                        : "let one job alone upload under this name, and once"),
          none ? RefusalKind::missing : RefusalKind::policy);
}

/// A job of a matrix that uploaded nothing leaves a release without its wheel.
void examine_each_job(CheckBuilder& exam, const RunEvidence& evidence, const Found& found) {
  if (!found.rule.job.has_star()) return;
  const Jobs jobs = jobs_named(evidence.jobs, found.rule.job);
  const auto left_nothing = std::ranges::find_if(jobs, [&](const forge::JobFacts* job) {
    return std::ranges::none_of(found.chosen, [&](const forge::ArtifactFacts* artifact) {
      return is_made_by(*artifact, *job) &&
             (artifact->job.empty() || artifact->job == job->name.value_or(""));
    });
  });
  const bool enough = found.chosen.size() >= jobs.size();
  exam.on({"artifacts", "jobs"})
      .require("artifact.each-job", left_nothing == jobs.end() && enough,
               fmt::format("an artifact {} of each of the {} jobs {}", quote(found.rule.name.str()),
                           jobs.size(), quote(found.rule.job.str())),
               left_nothing == jobs.end() ? fmt::format("{} artifacts", found.chosen.size())
                                          : fmt::format("none of {}", show((*left_nothing)->name)),
               hint_at(evidence.latest,
                       "let each job upload, with `if-no-files-found: error`, or name in `build-job` those "
                       "that do"));
}

void examine_rule(CheckBuilder& exam, const Policy& policy, const RunEvidence& evidence, const Found& found) {
  const bool expired = found.live.empty() && !found.listed.empty();
  exam.on({"artifacts"})
      .require("artifact.not-expired", !expired, "not expired",
               expired ? "expired: " + show_flag(found.listed.front()->expired) : "live", rebuild,
               RefusalKind::missing);
  examine_unique(exam, evidence, found);
  examine_each_job(exam, evidence, found);
  for (const forge::ArtifactFacts* artifact : found.chosen)
    examine_artifact(exam, policy, found.rule, evidence, *artifact);
}

/// The first attempt that has the job as it is listed now, but for its number.
std::int64_t attempt_of(const forge::JobFacts& job, const RunEvidence& evidence) {
  for (std::size_t i = 0; i < evidence.earlier_jobs.size(); ++i) {
    for (const forge::JobFacts& earlier : evidence.earlier_jobs[i].jobs) {
      if (same(earlier.name, job.name) && same(earlier.started_at, job.started_at) &&
          same(earlier.completed_at, job.completed_at) && same(earlier.head_sha, job.head_sha) &&
          same(earlier.conclusion, job.conclusion))
        return static_cast<std::int64_t>(i) + 1;
    }
  }
  return evidence.latest.attempt.value_or(0);
}

}  // namespace

Checks decide_artifacts(const Policy& policy, const RunEvidence& evidence) {
  CheckBuilder exam;
  const auto& listed = evidence.listing.artifacts;
  const auto is_named = [&](const forge::ArtifactFacts& artifact) {
    return artifact.name.ok() &&
           rule_of(policy, *artifact.name, evidence.latest.attempt.value_or(0)) != nullptr;
  };
  std::vector<std::string> names;
  for (const ArtifactRule& rule : policy.artifacts)
    names.push_back(quote(rule.name.str()));
  exam.on({"artifacts"})
      .require("artifact.name", std::ranges::all_of(listed, is_named),
               "only artifacts named " + join(names, " or "),
               fmt::format("{} of {} have that name", std::ranges::count_if(listed, is_named), listed.size()),
               "the forge answered with other artifacts: try again, and report it if it stays so");
  std::size_t count = 0;
  for (const ArtifactRule& rule : policy.artifacts) {
    const Found found = find(policy, rule, evidence);
    examine_rule(exam, policy, evidence, found);
    count += found.chosen.size();
  }
  if (names.size() > 1 || policy.artifacts.front().name.has_star()) {
    exam.on({"artifacts"})
        .require("artifact.count", count <= most_artifacts,
                 fmt::format("at most {} artifacts", most_artifacts), std::to_string(count),
                 "let fewer jobs collect what several made");
  }
  return exam.take();
}

std::vector<forge::ArtifactFacts> chosen_artifacts(const Policy& policy, const RunEvidence& evidence) {
  std::vector<forge::ArtifactFacts> chosen;
  for (const ArtifactRule& rule : policy.artifacts) {
    for (const forge::ArtifactFacts* artifact : find(policy, rule, evidence).chosen)
      chosen.push_back(*artifact);
  }
  return chosen;
}

std::set<std::int64_t> build_attempts(const Policy& policy, const RunEvidence& evidence) {
  std::set<std::int64_t> attempts;
  for (const ArtifactRule& rule : policy.artifacts) {
    for (const forge::ArtifactFacts* artifact : find(policy, rule, evidence).chosen) {
      for (const forge::JobFacts* job : jobs_of(rule, evidence, *artifact))
        if (is_made_by(*artifact, *job)) attempts.insert(attempt_of(*job, evidence));
    }
  }
  return attempts;
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

}  // namespace packhouse::source
