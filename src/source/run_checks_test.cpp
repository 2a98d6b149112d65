#include "source/run_checks.hpp"

#include "forge/repository_name.hpp"

#include <gmock/gmock.h>

#include <set>

#include "source/artifact_checks.hpp"
#include "source/testing/evidence.hpp"
#include "source/testing/scripted_forge.hpp"

namespace packhouse::source {
namespace {

using namespace std::string_literals;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::good_evidence;
using testing::good_policy;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::UnorderedElementsAre;

std::vector<std::string> refused(const RunEvidence& evidence, const Policy& policy = good_policy()) {
  auto ids = refused_ids(decide_run(policy, evidence));
  const auto more = refused_ids(decide_artifacts(policy, evidence));
  ids.insert(ids.end(), more.begin(), more.end());
  return ids;
}

Check find(const Checks& checks, std::string_view id) {
  for (const Check& check : checks)
    if (check.id == id) return check;
  ADD_FAILURE() << "no check " << id;
  return {};
}

/// Sets one fact of the run, in the newest state and in the attempt, as the forge would.
template <typename T>
RunEvidence with_run(Field<T> forge::RunFacts::* member, const std::type_identity_t<Field<T>>& value) {
  RunEvidence evidence = good_evidence();
  evidence.latest.*member = value;
  evidence.attempt.*member = value;
  return evidence;
}

template <typename T>
RunEvidence with_artifact(Field<T> forge::ArtifactFacts::* member,
                          const std::type_identity_t<Field<T>>& value) {
  RunEvidence evidence = good_evidence();
  evidence.listing.artifacts.front().*member = value;
  return evidence;
}

TEST(Preflight, a_successful_push_to_main_passes_every_check) {
  EXPECT_THAT(refused(good_evidence()), IsEmpty());
}

TEST(Preflight, names_every_question_also_those_that_passed) {
  std::vector<std::string> ids;
  for (const Check& check : decide_run(good_policy(), good_evidence()))
    ids.push_back(check.id);
  EXPECT_THAT(ids, ElementsAre("run.id", "repository.name", "run.repository-id", "run.repository-name",
                               "run.head-repository", "run.event", "run.status", "run.conclusion",
                               "workflow.path", "workflow.state", "run.workflow-path", "run.workflow-id",
                               "run.referenced-workflows", "run.branch", "run.commit", "run.branch-ref",
                               "run.ancestry", "run.tag-shadow", "run.attempt", "run.build-job"));
}

TEST(Preflight, a_refusal_says_what_was_expected_what_was_found_and_what_to_do) {
  const auto check =
      find(decide_run(good_policy(), with_run(&forge::RunFacts::event, "pull_request"s)), "run.event");
  EXPECT_EQ(check.expected, "\"push\"");
  EXPECT_EQ(check.found, "\"pull_request\"");
  EXPECT_THAT(check.hint, HasSubstr("push to its main branch"));
  EXPECT_THAT(check.evidence, ElementsAre("run"));
}

TEST(Preflight, shows_outside_bytes_only_quoted) {
  const auto check = find(
      decide_run(good_policy(), with_run(&forge::RunFacts::event, "x\n::error::y\x1b[2J"s)), "run.event");
  EXPECT_EQ(check.found, R"("x\x0a::error::y\x1b[2J")");
}

// ----- the lines of the runbook's preflight (release-provenance, section 2, checks 3 to 10)

TEST(Preflight, line_3_refuses_another_run_than_the_one_asked_for) {
  EXPECT_THAT(refused(with_run(&forge::RunFacts::id, testing::run_number + 1)), Contains("run.id"));
}

TEST(Preflight, line_4_refuses_a_run_of_another_repository) {
  EXPECT_THAT(refused(with_run(&forge::RunFacts::repository_name, "example-lab/other"s)),
              ElementsAre("run.repository-name"));
  EXPECT_THAT(refused(with_run(&forge::RunFacts::repository_id, testing::fork_number)),
              ElementsAre("run.repository-id"));
}

TEST(Preflight, line_5_refuses_a_run_that_is_not_completed) {
  EXPECT_THAT(refused(with_run(&forge::RunFacts::status, "in_progress"s)), ElementsAre("run.status"));
}

TEST(Preflight, line_6_refuses_a_run_that_did_not_succeed) {
  for (const auto& conclusion : {"failure"s, "cancelled"s, "neutral"s, "skipped"s, "Success"s, ""s})
    EXPECT_THAT(refused(with_run(&forge::RunFacts::conclusion, conclusion)), ElementsAre("run.conclusion"));
}

TEST(Preflight, line_7_refuses_every_event_but_a_push) {
  for (const auto& event : {"pull_request"s, "schedule"s, "workflow_dispatch"s, "merge_group"s, "push "s})
    EXPECT_THAT(refused(with_run(&forge::RunFacts::event, event)), ElementsAre("run.event"));
}

TEST(Preflight, line_8_refuses_every_branch_but_main) {
  for (const auto& branch : {"develop"s, "main2"s, "Main"s, "refs/heads/main"s, ""s})
    EXPECT_THAT(refused(with_run(&forge::RunFacts::head_branch, branch)), ElementsAre("run.branch"));
}

TEST(Preflight, line_9_accepts_each_spelling_of_the_workflow_and_no_other) {
  for (const auto& path : {".github/workflows/ci.yml"s, ".github/workflows/ci.yml@main"s,
                           ".github/workflows/ci.yml@refs/heads/main"s,
                           "example-lab/nanonis-qcodes-controller/.github/workflows/ci.yml@refs/heads/main"s,
                           "example-lab/nanonis-qcodes-controller/.github/workflows/ci.yml"s})
    EXPECT_THAT(refused(with_run(&forge::RunFacts::path, path)), IsEmpty()) << path;
  for (const auto& path :
       {".github/workflows/ci.yml@develop"s, ".github/workflows/ci.yml@refs/tags/main"s,
        ".github/workflows/ci.yaml"s, "x/.github/workflows/ci.yml"s, ".github/workflows/CI.yml"s,
        "example-lab/other/.github/workflows/ci.yml@main"s, ""s})
    EXPECT_THAT(refused(with_run(&forge::RunFacts::path, path)), ElementsAre("run.workflow-path")) << path;
}

TEST(Preflight, line_10_refuses_artifacts_of_another_name) {
  EXPECT_THAT(refused(with_artifact(&forge::ArtifactFacts::name, "dist2"s)),
              ElementsAre("artifact.name", "artifact.unique"));
}

/// The second attempt of the run; its build job ran again an hour later, or was kept.
RunEvidence second_attempt(bool built_again) {
  RunEvidence evidence = good_evidence();
  evidence.latest.attempt = evidence.attempt.attempt = std::int64_t{2};
  if (!built_again) return evidence;
  evidence.jobs.jobs.front().started_at = testing::at("2026-11-22T11:00:00Z");
  evidence.jobs.jobs.front().completed_at = testing::at("2026-11-22T11:01:00Z");
  return evidence;
}

void add_artifact(RunEvidence& evidence, const std::string& name, std::string_view made) {
  auto artifact = testing::good_artifact();
  artifact.id = testing::artifact_number + 1;
  artifact.name = name;
  artifact.created_at = testing::at(made);
  evidence.listing.artifacts.push_back(artifact);
  evidence.listing.stated_count = static_cast<std::int64_t>(evidence.listing.artifacts.size());
}

TEST(Rerun, of_all_jobs_leaves_two_artifacts_of_a_name_and_the_newer_is_taken) {
  auto evidence = second_attempt(true);
  add_artifact(evidence, "dist", "2026-11-22T11:00:30Z");
  EXPECT_THAT(refused(evidence), IsEmpty());
  EXPECT_EQ(*chosen_artifacts(good_policy(), evidence).at(0).id, testing::artifact_number + 1);
}

TEST(Rerun, of_failed_jobs_keeps_the_artifact_of_the_first_attempt) {
  auto policy = good_policy();
  policy.artifacts.front().name = testing::pattern("dist-{attempt}");
  auto evidence = second_attempt(false);
  evidence.listing.artifacts.front().name = "dist-1"s;
  EXPECT_THAT(refused(evidence, policy), IsEmpty());
}

TEST(Rerun, of_all_jobs_takes_the_name_of_the_newer_attempt) {
  auto policy = good_policy();
  policy.artifacts.front().name = testing::pattern("dist-{attempt}");
  auto evidence = second_attempt(true);
  evidence.listing.artifacts.front().name = "dist-1"s;
  add_artifact(evidence, "dist-2", "2026-11-22T11:00:30Z");
  EXPECT_THAT(refused(evidence, policy), IsEmpty());
  EXPECT_EQ(*chosen_artifacts(policy, evidence).at(0).name, "dist-2");
}

TEST(Rerun, names_no_attempt_that_the_run_has_not_had) {
  auto policy = good_policy();
  policy.artifacts.front().name = testing::pattern("dist-{attempt}");
  auto evidence = second_attempt(false);
  for (const auto* name : {"dist-3", "dist-0", "dist-01", "dist-", "dist-{attempt}", "dist"}) {
    evidence.listing.artifacts.front().name = std::string(name);
    EXPECT_THAT(refused(evidence, policy), ElementsAre("artifact.name", "artifact.unique")) << name;
  }
}

TEST(Rerun, an_artifact_of_the_name_that_another_job_added_later_is_refused) {
  auto evidence = second_attempt(true);
  add_artifact(evidence, "dist", "2026-11-22T11:00:30Z");
  add_artifact(evidence, "dist", "2026-11-22T11:05:00Z");
  EXPECT_THAT(refused(evidence), ElementsAre("artifact.unique"));
  // Only the newest attempt has no earlier one: in a first attempt nothing may lie before the build.
  auto first = good_evidence();
  add_artifact(first, "dist", "2026-11-22T09:00:00Z");
  EXPECT_THAT(refused(first), ElementsAre("artifact.unique"));
}

TEST(Rerun, the_artifacts_of_every_attempt_are_chosen_from_all_of_the_run) {
  auto policy = good_policy();
  policy.artifacts.front().name = testing::pattern("dist-{attempt}");
  testing::ScriptedForge forge(second_attempt(true), "");
  forge.all_artifacts = forge.evidence.listing;
  forge.all_artifacts.artifacts.front().name = "dist-1"s;
  add_artifact(forge.evidence, "dist-2", "2026-11-22T11:00:30Z");
  forge.all_artifacts.artifacts.push_back(forge.evidence.listing.artifacts.back());
  forge.all_artifacts.artifacts.push_back(testing::good_artifact());
  forge.all_artifacts.artifacts.back().name = "coverage"s;
  forge.all_artifacts.stated_count = std::int64_t{3};
  const auto evidence = gather(forge, policy, forge.evidence.requested, testing::version());
  ASSERT_TRUE(evidence.ok());
  EXPECT_EQ(evidence->listing.artifacts.size(), 2U);
  EXPECT_THAT(refused_ids(decide_artifacts(policy, *evidence)), IsEmpty());
  forge.all_artifacts.stated_count = std::int64_t{4};  // one is left out
  const auto short_listing = gather(forge, policy, forge.evidence.requested, testing::version());
  EXPECT_THAT(refused_ids(decide_artifacts(policy, *short_listing)), ElementsAre("artifact.unique"));
}

TEST(Preflight, refuses_a_run_without_artifact_as_missing) {
  auto evidence = good_evidence();
  evidence.listing.artifacts.clear();
  evidence.listing.stated_count = std::int64_t{0};
  const auto checks = decide_artifacts(good_policy(), evidence);
  EXPECT_THAT(refused_ids(checks), ElementsAre("artifact.unique"));
  EXPECT_EQ(worst_refusal(checks), RefusalKind::missing);
}

TEST(Preflight, refuses_an_expired_artifact_as_missing) {
  const auto checks = decide_artifacts(good_policy(), with_artifact(&forge::ArtifactFacts::expired, true));
  EXPECT_THAT(refused_ids(checks), ElementsAre("artifact.not-expired", "artifact.unique"));
  EXPECT_EQ(worst_refusal(checks), RefusalKind::missing);
}

TEST(Preflight, takes_the_live_artifact_beside_an_expired_one) {
  auto evidence = good_evidence();
  auto old = testing::good_artifact();
  old.id = testing::artifact_number - 1;
  old.expired = true;
  evidence.listing.artifacts.insert(evidence.listing.artifacts.begin(), old);
  evidence.listing.stated_count = std::int64_t{2};
  EXPECT_THAT(refused(evidence), IsEmpty());
  EXPECT_EQ(*chosen_artifacts(good_policy(), evidence).at(0).id, testing::artifact_number);
}

// ----- the attacks (release-provenance, section 1)

TEST(Attack, fork_pull_request_from_its_branch_main) {
  auto evidence = with_run(&forge::RunFacts::event, "pull_request"s);
  evidence.latest.head_repository_id = testing::fork_number;
  evidence.attempt.head_repository_id = testing::fork_number;
  evidence.listing.artifacts.front().head_repository_id = testing::fork_number;
  EXPECT_THAT(refused(evidence), UnorderedElementsAre("run.event", "run.head-repository", "artifact.run"));
}

TEST(Attack, fork_that_claims_a_push_is_refused_by_the_head_repository_alone) {
  EXPECT_THAT(refused(with_run(&forge::RunFacts::head_repository_id, testing::fork_number)),
              ElementsAre("run.head-repository"));
  EXPECT_THAT(refused(with_artifact(&forge::ArtifactFacts::head_repository_id, testing::fork_number)),
              ElementsAre("artifact.run"));
}

TEST(Attack, tag_named_main) {
  auto evidence = good_evidence();
  evidence.shadowing_tag = forge::RefFacts{};
  evidence.shadowing_tag->sha = std::string(testing::built_commit);
  EXPECT_THAT(refused(evidence), ElementsAre("run.tag-shadow"));
}

TEST(Attack, tag_named_main_that_was_deleted_is_refused_by_ancestry) {
  auto evidence = good_evidence();
  evidence.ancestry.status = "diverged"s;
  evidence.ancestry.merge_base_sha = std::string(testing::other_commit);
  EXPECT_THAT(refused(evidence), ElementsAre("run.ancestry"));
}

TEST(Attack, commit_that_a_force_push_removed) {
  auto evidence = good_evidence();
  evidence.ancestry = forge::AncestryFacts{};  // the forge knows no such commit any more
  EXPECT_THAT(refused(evidence), ElementsAre("run.ancestry"));
  for (const auto& status : {"behind"s, "diverged"s, "AHEAD"s}) {
    auto other = good_evidence();
    other.ancestry.status = status;
    EXPECT_THAT(refused(other), ElementsAre("run.ancestry"));
  }
}

TEST(Attack, ancestry_of_another_commit_proves_nothing) {
  auto evidence = good_evidence();
  evidence.ancestry.base_sha = std::string(testing::other_commit);
  EXPECT_THAT(refused(evidence), ElementsAre("run.ancestry"));
}

TEST(Attack, workflow_whose_name_only_begins_like_ours) {
  EXPECT_THAT(refused(with_run(&forge::RunFacts::path, ".github/workflows/ci.yml.evil.yml"s)),
              ElementsAre("run.workflow-path"));
}

TEST(Attack, other_workflow_under_our_path_is_refused_by_its_id) {
  EXPECT_THAT(refused(with_run(&forge::RunFacts::workflow_id, "88002"s)), ElementsAre("run.workflow-id"));
}

TEST(Attack, rerun_after_approval_before_the_download) {
  auto evidence = good_evidence();
  evidence.latest.attempt = std::int64_t{2};
  EXPECT_THAT(refused(evidence), ElementsAre("run.attempt"));
}

TEST(Attack, rerun_after_approval_during_the_download) {
  auto now = testing::good_run();
  now.attempt = std::int64_t{2};
  now.status = "in_progress"s;
  const auto checks = decide_run_unchanged(testing::good_run(), now);
  EXPECT_THAT(refused_ids(checks), ElementsAre("run.unchanged"));
  EXPECT_EQ(checks.front().found,
            "run_attempt was 1 and is 2; status was \"completed\" and is \"in_progress\"");
  EXPECT_THAT(refused_ids(decide_run_unchanged(testing::good_run(), testing::good_run())), IsEmpty());
}

TEST(Attack, artifact_replaced_between_listing_and_download) {
  auto now = testing::good_artifact();
  now.digest = "sha256:" + std::string(64, 'e');
  EXPECT_THAT(refused_ids(decide_artifact_unchanged(testing::good_artifact(), now)),
              ElementsAre("artifact.unchanged"));
  EXPECT_THAT(refused_ids(decide_artifact_unchanged(testing::good_artifact(), testing::good_artifact())),
              IsEmpty());
}

TEST(Attack, artifact_replaced_by_another_job_outside_the_build_job_s_time) {
  EXPECT_THAT(refused(with_artifact(&forge::ArtifactFacts::created_at, testing::at("2026-11-22T10:01:21Z"))),
              ElementsAre("artifact.window"));
  EXPECT_THAT(refused(with_artifact(&forge::ArtifactFacts::created_at, testing::at("2026-11-22T10:00:19Z"))),
              ElementsAre("artifact.window"));
}

TEST(Attack, artifact_left_by_an_earlier_attempt) {
  auto evidence = good_evidence();
  evidence.jobs.jobs.front().started_at = testing::at("2026-11-22T11:00:00Z");
  evidence.jobs.jobs.front().completed_at = testing::at("2026-11-22T11:01:00Z");
  EXPECT_THAT(refused(evidence), ElementsAre("artifact.window"));
}

TEST(Attack, two_artifacts_of_one_name) {
  auto evidence = good_evidence();
  evidence.listing.artifacts.push_back(testing::good_artifact());
  evidence.listing.artifacts.back().id = testing::artifact_number + 1;
  evidence.listing.stated_count = std::int64_t{2};
  const auto checks = decide_artifacts(good_policy(), evidence);
  EXPECT_THAT(refused_ids(checks), ElementsAre("artifact.unique"));
  EXPECT_EQ(worst_refusal(checks), RefusalKind::policy);
}

TEST(Attack, artifact_that_the_listing_leaves_out) {
  auto evidence = good_evidence();
  evidence.listing.stated_count = std::int64_t{2};
  EXPECT_THAT(refused(evidence), ElementsAre("artifact.unique"));
}

TEST(Attack, artifact_of_another_run_commit_or_repository) {
  EXPECT_THAT(refused(with_artifact(&forge::ArtifactFacts::run_id, testing::run_number + 1)),
              ElementsAre("artifact.run"));
  EXPECT_THAT(refused(with_artifact(&forge::ArtifactFacts::repository_id, testing::fork_number)),
              ElementsAre("artifact.run"));
  EXPECT_THAT(refused(with_artifact(&forge::ArtifactFacts::head_sha, std::string(testing::other_commit))),
              ElementsAre("artifact.run"));
}

TEST(Attack, inputs_that_a_shell_would_run) {
  for (const std::string_view text : {"1; rm -rf /", "$(id)", "-1", "0", "01", "1e3", " 1", "1\n", "",
                                      "12345678901234567890", "9999999999999999999", "１"}) {
    EXPECT_FALSE(RunId::parse(text).ok()) << text;
  }
  EXPECT_EQ(RunId::parse("9223372036854775807").value().number(), std::numeric_limits<std::int64_t>::max());
  for (const std::string_view text : {"1.0; echo", "1.0$(id)", "v1.0", "1.0-1", "1.0RC1", " 1.0", "1.0\n",
                                      "01.0", "1.0+Local", "", "--help", "../1.0"}) {
    EXPECT_FALSE(parse_release_version(text).ok()) << text;
  }
  EXPECT_EQ(parse_release_version("1.0rc1").value().str(), "1.0rc1");
}

TEST(Preflight, a_local_version_is_released_where_the_settings_say_so) {
  auto policy = good_policy();
  const auto local = parse_release_version("1.0+lab.2").value();
  EXPECT_FALSE(check_version(policy, local).ok());
  EXPECT_TRUE(check_version(policy, local.without_local()).ok());
  policy.local_versions = LocalVersions::allowed;
  EXPECT_TRUE(check_version(policy, local).ok());
}

TEST(Attack, events_that_run_foreign_code_with_our_rights) {
  for (const auto& event : {"pull_request_target"s, "workflow_run"s, "issue_comment"s})
    EXPECT_THAT(refused(with_run(&forge::RunFacts::event, event)), ElementsAre("run.event"));
}

TEST(Attack, two_at_once_are_both_named) {
  auto evidence = with_run(&forge::RunFacts::path, ".github/workflows/ci.yml.evil.yml"s);
  evidence.shadowing_tag = forge::RefFacts{};
  evidence.listing.artifacts.front().created_at = testing::at("2026-11-22T12:00:00Z");
  EXPECT_THAT(refused(evidence),
              UnorderedElementsAre("run.workflow-path", "run.tag-shadow", "artifact.window"));
}

/// A row of the table of attacks, as what it does to the evidence and what refuses it.
struct Assault {
  std::string_view name;
  void (*strike)(RunEvidence& evidence);
  std::string id;
};

const std::vector<Assault>& assaults() {
  static const std::vector<Assault> all{
      {"a fork's run",
       [](RunEvidence& e) {
         e.latest.head_repository_id = testing::fork_number;
         e.attempt.head_repository_id = testing::fork_number;
       },
       "run.head-repository"},
      {"another event",
       [](RunEvidence& e) {
         e.latest.event = "workflow_run"s;
         e.attempt.event = "workflow_run"s;
       },
       "run.event"},
      {"a tag named like the branch",
       [](RunEvidence& e) {
         e.shadowing_tag = forge::RefFacts{};
         e.shadowing_tag->sha = std::string(testing::built_commit);
       },
       "run.tag-shadow"},
      {"a commit that was never on the branch",
       [](RunEvidence& e) {
         e.ancestry.status = "diverged"s;
         e.ancestry.merge_base_sha = std::string(testing::other_commit);
       },
       "run.ancestry"},
      {"a workflow whose name begins alike",
       [](RunEvidence& e) {
         e.latest.path = ".github/workflows/ci.yml.evil.yml"s;
         e.attempt.path = ".github/workflows/ci.yml.evil.yml"s;
       },
       "run.workflow-path"},
      {"another workflow under the path",
       [](RunEvidence& e) {
         e.latest.workflow_id = "88002"s;
         e.attempt.workflow_id = "88002"s;
       },
       "run.workflow-id"},
      {"a run that was started again", [](RunEvidence& e) { e.latest.attempt = std::int64_t{2}; },
       "run.attempt"},
      {"an artifact of another time",
       [](RunEvidence& e) { e.listing.artifacts.front().created_at = testing::at("2026-11-22T12:00:00Z"); },
       "artifact.window"},
      {"an artifact of another run",
       [](RunEvidence& e) { e.listing.artifacts.front().run_id = testing::run_number + 1; }, "artifact.run"},
      {"an artifact that the listing leaves out",
       [](RunEvidence& e) { e.listing.stated_count = std::int64_t{2}; }, "artifact.unique"},
  };
  return all;
}

TEST(Attack, any_two_at_once_are_both_named) {
  for (const Assault& first : assaults()) {
    for (const Assault& second : assaults()) {
      auto evidence = good_evidence();
      first.strike(evidence);
      second.strike(evidence);
      EXPECT_THAT(refused(evidence), IsSupersetOf(std::set{first.id, second.id}))
          << first.name << " with " << second.name;
    }
  }
}

TEST(Attack, fork_and_rerun_together) {
  auto evidence = with_run(&forge::RunFacts::head_repository_id, testing::fork_number);
  evidence.latest.attempt = std::int64_t{3};
  EXPECT_THAT(refused(evidence), UnorderedElementsAre("run.head-repository", "run.attempt"));
}

// ----- what the refusal lists

TEST(Preflight, a_build_job_that_is_not_there_lists_the_jobs_that_are) {
  auto policy = good_policy();
  policy.artifacts.front().job = testing::pattern("biuld");
  const auto check = find(decide_run(policy, good_evidence()), "run.build-job");
  EXPECT_FALSE(check.passed);
  EXPECT_EQ(check.found, "0 of that name among 2 of 2 jobs: \"build\", \"checks\"");
  const auto window = find(decide_artifacts(policy, good_evidence()), "artifact.window");
  EXPECT_THAT(window.found, HasSubstr("0 jobs of that name"));
  EXPECT_THAT(window.hint, HasSubstr("correct `build-job`"));
}

TEST(Preflight, an_artifact_that_is_not_there_lists_the_artifacts_that_are) {
  auto evidence = good_evidence();
  evidence.listing.artifacts.clear();
  evidence.listing.stated_count = std::int64_t{0};
  evidence.other_artifacts = {"wheels", "docs", "wheels"};
  const auto check = find(decide_artifacts(good_policy(), evidence), "artifact.unique");
  EXPECT_EQ(check.found, "0 live of 0 listed; the forge states 0; the run has \"wheels\", \"docs\"");
  EXPECT_THAT(check.hint, HasSubstr("correct `artifact`"));
}

TEST(Preflight, a_run_at_work_is_said_to_be_at_work_and_nothing_has_changed) {
  auto evidence = with_run(&forge::RunFacts::status, "in_progress"s);
  const Field<std::string> absent = Error{Errc::invalid_input, "nothing at conclusion"};
  evidence.latest.conclusion = absent;
  evidence.attempt.conclusion = absent;
  evidence.jobs.jobs.clear();
  evidence.jobs.stated_count = std::int64_t{0};
  evidence.listing.artifacts.clear();
  evidence.listing.stated_count = std::int64_t{0};
  auto checks = decide_run(good_policy(), evidence);
  const auto artifact = decide_artifacts(good_policy(), evidence);
  checks.insert(checks.end(), artifact.begin(), artifact.end());
  EXPECT_THAT(refused_ids(checks),
              ElementsAre("run.status", "run.conclusion", "run.build-job", "artifact.unique"));
  EXPECT_EQ(find(checks, "run.conclusion").found, "none yet: the run is at work");
  for (const Check& check : checks) {
    if (!check.passed) {
      EXPECT_THAT(check.hint, HasSubstr("wait for it to end")) << check.id;
    }
  }
}

TEST(Preflight, what_one_reading_states_and_another_does_not_is_a_change) {
  auto evidence = good_evidence();
  evidence.attempt.conclusion = Error{Errc::invalid_input, "nothing at conclusion"};
  EXPECT_THAT(refused(evidence), ElementsAre("run.attempt"));
  auto now = testing::good_run();
  now.conclusion = Error{Errc::invalid_input, "nothing at conclusion"};
  EXPECT_THAT(refused_ids(decide_run_unchanged(testing::good_run(), now)), ElementsAre("run.unchanged"));
}

TEST(Preflight, asks_for_all_artifacts_where_none_has_the_name) {
  testing::ScriptedForge forge(good_evidence(), "");
  EXPECT_THAT(
      gather(forge, good_policy(), RunId::parse("1").value(), testing::version()).value().other_artifacts,
      IsEmpty());
  EXPECT_THAT(forge.calls, ::testing::Not(Contains("all artifacts")));
  forge.all_artifacts = forge.evidence.listing;
  forge.evidence.listing.artifacts.clear();
  EXPECT_THAT(
      gather(forge, good_policy(), RunId::parse("1").value(), testing::version()).value().other_artifacts,
      ElementsAre("dist"));
}

// ----- facts that were not stated

TEST(Preflight, refuses_every_fact_that_is_absent) {
  RunEvidence evidence{.requested = RunId::parse("1").value()};
  const auto checks = decide_run(good_policy(), evidence);
  for (const Check& check : checks)
    EXPECT_EQ(check.passed, check.id == "run.tag-shadow") << check.id;
  EXPECT_THAT(refused_ids(decide_artifacts(good_policy(), evidence)), Contains("artifact.unique"));
}

TEST(Preflight, refuses_an_artifact_without_digest_unless_the_policy_allows_it) {
  auto evidence = with_artifact(&forge::ArtifactFacts::digest, Error{Errc::invalid_input, "nothing"});
  evidence.listing.artifacts.front().digest_stated = false;
  EXPECT_THAT(refused(evidence), ElementsAre("artifact.digest-stated"));
  auto policy = good_policy();
  policy.allow_missing_artifact_digest = true;
  EXPECT_THAT(refused(evidence, policy), IsEmpty());
}

TEST(Preflight, the_policy_that_allows_no_digest_allows_no_broken_one) {
  auto policy = good_policy();
  policy.allow_missing_artifact_digest = true;
  for (const auto& digest :
       {"sha1:abc"s, "sha256:"s, "sha256:" + std::string(64, 'D'), std::string(64, 'd')}) {
    EXPECT_THAT(refused(with_artifact(&forge::ArtifactFacts::digest, digest), policy),
                ElementsAre("artifact.digest-stated"));
  }
}

TEST(Preflight, a_pinned_repository_id_is_compared) {
  auto policy = good_policy();
  policy.repository_id = testing::repository_number;
  EXPECT_THAT(refused(good_evidence(), policy), IsEmpty());
  policy.repository_id = testing::fork_number;
  EXPECT_THAT(refused(good_evidence(), policy), ElementsAre("repository.id"));
}

TEST(Preflight, reusable_workflows_are_refused_unless_listed_exactly) {
  const auto evidence =
      with_run(&forge::RunFacts::referenced_workflows,
               std::vector{forge::CalledWorkflow{"example-lab/ci/.github/workflows/b.yml@v1"}});
  EXPECT_THAT(refused(evidence), ElementsAre("run.referenced-workflows"));
  auto policy = good_policy();
  policy.referenced_workflows = {"example-lab/ci/.github/workflows/b.yml@v1"};
  EXPECT_THAT(refused(evidence, policy), IsEmpty());
  policy.referenced_workflows = {"example-lab/ci/.github/workflows/b.yml"};
  EXPECT_THAT(refused(evidence, policy), ElementsAre("run.referenced-workflows"));
}

TEST(Preflight, a_reusable_workflow_of_this_repository_is_listed_by_its_path_at_the_run_s_commit) {
  const std::string path = "example-lab/nanonis-qcodes-controller/.github/workflows/b.yml@refs/heads/main";
  auto policy = good_policy();
  policy.referenced_workflows = {".github/workflows/b.yml"};
  const auto called = [&](const std::string& at, const std::string& sha) {
    return refused(
        with_run(&forge::RunFacts::referenced_workflows, std::vector{forge::CalledWorkflow{at, sha}}),
        policy);
  };
  EXPECT_THAT(called(path, testing::built_commit), IsEmpty());
  EXPECT_THAT(called(path, testing::other_commit), ElementsAre("run.referenced-workflows"));
  EXPECT_THAT(called(path, ""), ElementsAre("run.referenced-workflows"));
  EXPECT_THAT(called("example-lab/other/.github/workflows/b.yml@main", testing::built_commit),
              ElementsAre("run.referenced-workflows"));
  EXPECT_THAT(
      called("example-lab/nanonis-qcodes-controller/.github/workflows/b2.yml@x", testing::built_commit),
      ElementsAre("run.referenced-workflows"));
}

TEST(Preflight, refuses_a_build_job_that_failed_or_is_there_twice) {
  auto evidence = good_evidence();
  evidence.jobs.jobs.front().conclusion = "failure"s;
  EXPECT_THAT(refused(evidence), ElementsAre("run.build-job"));
  evidence = good_evidence();
  evidence.jobs.jobs.back().name = "build"s;
  EXPECT_THAT(refused(evidence), IsSupersetOf({"run.build-job", "artifact.window"}));
}

TEST(Preflight, refuses_a_disabled_workflow) {
  auto evidence = good_evidence();
  evidence.workflow.state = "disabled_manually"s;
  EXPECT_THAT(refused(evidence), ElementsAre("workflow.state"));
}

TEST(Preflight, repository_names_are_parsed_once) {
  EXPECT_TRUE(forge::parse_repository("example-lab/nanonis-qcodes-controller").ok());
  for (const std::string_view text : {"", "a", "a/b/c", "a/..", "a/b?x", "a//b", "a /b", "a/b#c"})
    EXPECT_FALSE(forge::parse_repository(text).ok()) << text;
}

}  // namespace
}  // namespace packhouse::source
