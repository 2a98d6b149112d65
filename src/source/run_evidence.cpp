#include "source/run_evidence.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.hpp"

namespace packhouse::source {
namespace {

std::vector<std::string> names_of(const std::vector<forge::ArtifactFacts>& artifacts) {
  std::vector<std::string> names;
  for (const forge::ArtifactFacts& artifact : artifacts)
    if (artifact.name.ok()) names.push_back(*artifact.name);
  return names;
}

/// One name is asked for as it is. Patterns are several, so what they have is chosen from all artifacts, and
/// is whole if the listing was.
Status gather_artifacts(forge::Forge& forge, const Policy& policy, RunEvidence& evidence) {
  const std::int64_t run = evidence.requested.number();
  if (policy.artifacts.size() == 1 && policy.artifacts.front().name.is_exact()) {
    TRY(evidence.listing, forge.artifacts(run, policy.artifacts.front().name.str()));
    if (!evidence.listing.artifacts.empty()) return success();
    // Without an answer there is nothing to name, and the refusal holds.
    const auto all = forge.artifacts(run, std::nullopt);
    if (all.ok()) evidence.other_artifacts = names_of(all->artifacts);
    return success();
  }
  TRY(evidence.listing, forge.artifacts(run, std::nullopt));
  auto& artifacts = evidence.listing.artifacts;
  const bool whole = is_whole(artifacts, evidence.listing.stated_count);
  evidence.other_artifacts = names_of(artifacts);
  // A run that states no attempt is refused by `run.attempt` anyway.
  const std::int64_t attempts = evidence.latest.attempt.value_or(0);
  std::erase_if(artifacts, [&](const forge::ArtifactFacts& artifact) {
    return rule_of(policy, artifact.name.value_or(""), attempts) == nullptr;
  });
  if (whole) evidence.listing.stated_count = static_cast<std::int64_t>(artifacts.size());
  return success();
}

/// The branches that may have the run's commit: its own, or for a tag every one that is named in full.
std::vector<std::string> branches_for(const Policy& policy, const RunRef& ref) {
  std::vector<std::string> names{ref.branch};
  if (ref.kind != RunRef::Kind::tag) return names;
  for (const forge::NamePattern& pattern : policy.other_branches)
    if (pattern.is_exact()) names.push_back(pattern.str());
  return names;
}

/// The first branch that has the commit; the first of all where none has.
Status gather_ancestry(forge::Forge& forge, const std::vector<std::string>& branches, RunEvidence& evidence) {
  for (const std::string& name : branches) {
    TRY(auto branch, forge.branch(name));
    forge::AncestryFacts ancestry;
    if (is_commit_id(evidence.latest.head_sha) && is_commit_id(branch.sha)) {
      // A commit that this repository has never had answers 404: no ancestor, and no error either.
      auto compared = forge.compare(*evidence.latest.head_sha, *branch.sha);
      if (!compared.ok() && compared.error().code != Errc::not_found) return compared.error();
      if (compared.ok()) ancestry = *std::move(compared);
    }
    const bool found = is_ancestor(evidence.latest.head_sha, ancestry);
    if (!found && name != branches.front()) continue;
    evidence.branch = std::move(branch);
    evidence.ancestry = std::move(ancestry);
    if (found) return success();
  }
  return success();
}

Status gather_names(forge::Forge& forge, const RunRef& ref, RunEvidence& evidence) {
  if (ref.kind != RunRef::Kind::tag) {
    TRY(evidence.shadowing_tag, forge.tag(ref.name));
    return success();
  }
  TRY(evidence.tag, forge.tag(ref.name));
  if (evidence.latest.tells_tags) return success();
  auto branch = forge.branch(ref.name);
  if (!branch.ok() && branch.error().code != Errc::not_found) return branch.error();
  if (branch.ok()) {
    branch->evidence.name = "shadowing-branch";
    evidence.shadowing_branch = *std::move(branch);
  }
  return success();
}

/// GitHub repeats a run fifty times at most.
constexpr std::int64_t most_attempts = 100;

Status gather_jobs(forge::Forge& forge, const Policy& policy, RunEvidence& evidence) {
  if (!evidence.latest.attempt.ok()) return success();
  const std::int64_t run = evidence.requested.number();
  const std::int64_t newest = *evidence.latest.attempt;
  TRY(evidence.attempt, forge.attempt(run, newest));
  TRY(evidence.jobs, forge.jobs(run, newest));
  if (policy.attestations.mode == AttestationPolicy::Mode::off || newest > most_attempts) return success();
  for (std::int64_t number = 1; number < newest; ++number) {
    TRY(auto jobs, forge.jobs(run, number));
    jobs.evidence.name = fmt::format("jobs-of-attempt-{}", number);
    evidence.earlier_jobs.push_back(std::move(jobs));
  }
  return success();
}

}  // namespace

std::vector<Evidence> RunEvidence::all() const {
  std::vector<Evidence> list{repository.evidence, workflow.evidence, latest.evidence,   attempt.evidence,
                             jobs.evidence,       branch.evidence,   ancestry.evidence, listing.evidence};
  for (const auto* ref : {&shadowing_tag, &tag, &shadowing_branch})
    if (*ref) list.push_back((*ref)->evidence);
  for (const forge::JobListing& earlier : earlier_jobs)
    list.push_back(earlier.evidence);
  std::erase_if(list, [](const Evidence& evidence) { return evidence.name.empty(); });
  return list;
}

bool is_commit_id(const Field<std::string>& sha) {
  const auto is_hex = [](char c) { return is_ascii_digit(c) || (c >= 'a' && c <= 'f'); };
  return sha.ok() && sha->size() == 40 && std::ranges::all_of(*sha, is_hex);
}

bool is_ancestor(const Field<std::string>& commit, const forge::AncestryFacts& ancestry) {
  return commit.ok() && ancestry.status.ok() &&
         (*ancestry.status == "ahead" || *ancestry.status == "identical") && ancestry.merge_base_sha.ok() &&
         *ancestry.merge_base_sha == *commit && ancestry.base_sha.ok() && *ancestry.base_sha == *commit;
}

Result<RunEvidence> gather(forge::Forge& forge, const Policy& policy, RunId run, const Version& version) {
  RunEvidence evidence{.requested = run, .version_tag = tag_of(policy, version)};
  TRY(evidence.repository, forge.repository());
  TRY(evidence.latest, forge.run(run.number()));
  const std::string file_name(split(policy.workflow, '/').back());
  TRY(evidence.workflow, forge.workflow(file_name));
  CHECK_OK(gather_jobs(forge, policy, evidence));
  const RunRef ref = ref_of(policy, evidence.version_tag, evidence.latest);
  CHECK_OK(gather_ancestry(forge, branches_for(policy, ref), evidence));
  CHECK_OK(gather_names(forge, ref, evidence));
  CHECK_OK(gather_artifacts(forge, policy, evidence));
  return evidence;
}

}  // namespace packhouse::source
