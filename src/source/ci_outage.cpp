#include "source/ci_outage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.hpp"
#include "source/run_ref.hpp"

namespace packhouse::source {
namespace {

constexpr std::string_view promote_it =
    "`packhouse promote --build-run-id N --package-version VERSION` is the way";

/// The state of the most advanced run of the commit.
enum class RunState : std::uint8_t {
  none,        ///< no run that CI gave a result for
  failed,      ///< CI refused the commit
  unfinished,  ///< queued, waiting, running, or in a state that this program does not know
  succeeded,   ///< it can be promoted
};

struct Finding {
  RunState state = RunState::none;
  std::string text;
};

RunState state_of(const forge::RunFacts& run) {
  // GitHub's conclusions that say nothing of the commit, then GitLab's.
  constexpr std::array cut_off{"cancelled", "timed_out", "startup_failure", "stale",
                               "skipped",   "neutral",   "action_required", "canceled"};
  constexpr std::array refusals{"failure", "failed"};
  if (!run.status.ok() || *run.status != "completed" || !run.conclusion.ok()) return RunState::unfinished;
  if (*run.conclusion == "success") return RunState::succeeded;
  if (std::ranges::find(refusals, *run.conclusion) != refusals.end()) return RunState::failed;
  return std::ranges::find(cut_off, *run.conclusion) != cut_off.end() ? RunState::none : RunState::unfinished;
}

std::string describe(const forge::RunFacts& run) {
  return fmt::format("run {}: {}, {}", show(run.id), show(run.status), show(run.conclusion));
}

Finding finding_of(const Policy& policy, const forge::RunListing& listing) {
  Finding found{RunState::none, "no run of the commit"};
  for (const forge::RunFacts& run : listing.runs) {
    if (is_of_another(policy, run)) continue;
    const RunState state = state_of(run);
    if (state >= found.state) found = {state, describe(run)};
  }
  if (listing.stated_count.ok() && std::cmp_equal(*listing.stated_count, listing.runs.size())) return found;
  return {std::max(found.state, RunState::unfinished),
          fmt::format("{} runs, where the forge states {}", listing.runs.size(), show(listing.stated_count))};
}

std::string_view hint_for(RunState state) {
  switch (state) {
    case RunState::succeeded:
      return promote_it;
    case RunState::unfinished:
      return "wait for the run to end. One that is stuck for good can be cancelled at the forge, which keeps "
             "who did it";
    case RunState::failed:
      return "CI works, and says no to this commit: fix it and push again, or start the run again";
    case RunState::none:
      break;
  }
  return {};
}

bool is_off(const CiProbe& probe) {
  return probe.workflow.state.ok() && *probe.workflow.state != "active";
}

Check failure_check(const CiProbe& probe) {
  CheckBuilder exam;
  const Error& failure = *probe.failure;
  const bool silent = failure.code == Errc::unavailable;
  exam.on({"ci-probe"})
      .require("recover.ci-unavailable", silent, "that CI can not give this commit's files",
               fmt::format("{}: {}", quote(probe.api), failure.message),
               "the forge answers, so this proves nothing of its CI. " + failure.hint,
               failure.code == Errc::unauthenticated ? RefusalKind::authentication : RefusalKind::policy);
  return exam.take().front();
}

Check ancestry_check(const Policy& policy, const CiProbe& probe) {
  const forge::AncestryFacts& ancestry = probe.ancestry;
  const bool is_ancestor = ancestry.status.ok() &&
                           (*ancestry.status == "ahead" || *ancestry.status == "identical") &&
                           ancestry.merge_base_sha.ok() && *ancestry.merge_base_sha == probe.commit &&
                           ancestry.base_sha.ok() && *ancestry.base_sha == probe.commit;
  CheckBuilder exam;
  exam.on({"branch", "ancestry"})
      .require(
          "recover.commit-on-forge", is_ancestor,
          fmt::format("{} on the forge's {}, which is at {}", probe.commit, quote(policy.branch),
                      show(probe.branch.sha)),
          fmt::format("compared {}, merge base {}", show(ancestry.status), show(ancestry.merge_base_sha)),
          "push the commit to the main branch first: the forge answers, so it can be asked");
  return exam.take().front();
}

Checks answer_checks(const Policy& policy, const CiProbe& probe) {
  const Finding found = finding_of(policy, probe.runs);
  const bool state_known = probe.workflow.state.ok();
  CheckBuilder exam;
  exam.on({"ci-probe", "workflow", "runs"})
      .require("recover.ci-unavailable", state_known && found.state == RunState::none,
               "that CI can not give this commit's files",
               state_known ? describe(policy, probe) : show(probe.workflow.state),
               state_known ? hint_for(found.state) : "have the forge state whether its workflow is on");
  Checks checks = exam.take();
  checks.push_back(ancestry_check(policy, probe));
  return checks;
}

}  // namespace

std::vector<Evidence> CiProbe::evidence() const {
  json::Object summary{{"api", api}, {"commit", commit}};
  if (failure)
    summary["failure"] = json::Object{{"code", to_string(failure->code)}, {"message", failure->message}};
  std::vector<Evidence> all{Evidence("ci-probe", summary)};
  for (const Evidence& each : {workflow.evidence, branch.evidence, ancestry.evidence, runs.evidence})
    if (!each.name.empty()) all.push_back(each);
  return all;
}

CiProbe probe_ci(forge::Forge& forge, std::string_view api, const Policy& policy, std::string_view commit) {
  CiProbe probe{.api = std::string(api), .commit = std::string(commit)};
  const auto ask = [&](auto& into, auto answer) {
    if (!answer.ok()) {
      probe.failure = answer.error();
      return false;
    }
    into = *std::move(answer);
    return true;
  };
  const std::string file(split(policy.workflow, '/').back());
  forge::RepositoryFacts repository;
  if (!ask(repository, forge.repository())) return probe;
  if (!ask(probe.workflow, forge.workflow(file))) return probe;
  if (!ask(probe.runs, forge.runs(file, commit))) return probe;
  if (!ask(probe.branch, forge.branch(policy.branch)) || !probe.branch.sha.ok()) return probe;
  // A commit that the forge does not have is no failure of the forge's: the facts stay absent.
  auto ancestry = forge.compare(commit, *probe.branch.sha);
  if (ancestry.ok() || ancestry.error().code != Errc::not_found) ask(probe.ancestry, std::move(ancestry));
  return probe;
}

Checks decide_ci_unavailable(const Policy& policy, const CiProbe& probe) {
  return probe.failure ? Checks{failure_check(probe)} : answer_checks(policy, probe);
}

std::string describe(const Policy& policy, const CiProbe& probe) {
  if (probe.failure) return fmt::format("{}: {}", quote(probe.api), probe.failure->message);
  const std::string runs = finding_of(policy, probe.runs).text;
  if (!is_off(probe)) return runs;
  return fmt::format("the workflow is {}, and {}", show(probe.workflow.state), runs);
}

}  // namespace packhouse::source
