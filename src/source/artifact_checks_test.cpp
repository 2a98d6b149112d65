#include "source/artifact_checks.hpp"

#include <gmock/gmock.h>

#include "source/run_checks.hpp"
#include "source/testing/evidence.hpp"
#include "source/testing/scripted_forge.hpp"

namespace packhouse::source {
namespace {

using testing::at;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::pattern;

/// A run whose job `sdist` left the artifact dist-sdist, and whose matrix `wheels` left one for each system.
class SeveralArtifacts : public ::testing::Test {
 protected:
  SeveralArtifacts() {
    policy.artifacts = {{pattern("dist-sdist"), pattern("sdist")},
                        {pattern("dist-wheels-*"), pattern("wheels (*)")}};
    evidence.listing.artifacts.clear();
    evidence.jobs.jobs.clear();
    add_job("sdist", "2026-11-22T10:00:00Z", "2026-11-22T10:01:00Z");
    add_job("wheels (linux)", "2026-11-22T10:00:00Z", "2026-11-22T10:05:00Z");
    add_job("wheels (macos)", "2026-11-22T10:00:00Z", "2026-11-22T10:09:00Z");
    add_artifact("dist-sdist", "2026-11-22T10:00:50Z");
    add_artifact("dist-wheels-linux", "2026-11-22T10:04:50Z");
    add_artifact("dist-wheels-macos", "2026-11-22T10:08:50Z");
  }

  void add_job(const std::string& name, std::string_view from, std::string_view to) {
    forge::JobFacts job = testing::good_evidence().jobs.jobs.front();
    job.name = name;
    job.started_at = at(from);
    job.completed_at = at(to);
    evidence.jobs.jobs.push_back(job);
    evidence.jobs.stated_count = static_cast<std::int64_t>(evidence.jobs.jobs.size());
  }
  void add_artifact(const std::string& name, std::string_view made) {
    forge::ArtifactFacts artifact = testing::good_artifact();
    artifact.id = testing::artifact_number + static_cast<std::int64_t>(evidence.listing.artifacts.size());
    artifact.name = name;
    artifact.created_at = at(made);
    evidence.listing.artifacts.push_back(artifact);
    evidence.listing.stated_count = static_cast<std::int64_t>(evidence.listing.artifacts.size());
    evidence.other_artifacts.push_back(name);
  }
  /// "Re-run failed jobs" after the job for macos had failed: the others are listed as they were.
  void rerun_macos() {
    evidence.earlier_jobs = {evidence.jobs};
    evidence.earlier_jobs.front().jobs.back().conclusion = std::string("failure");
    evidence.latest.attempt = evidence.attempt.attempt = std::int64_t{2};
    evidence.jobs.jobs.back().started_at = at("2026-11-22T11:00:00Z");
    evidence.jobs.jobs.back().completed_at = at("2026-11-22T11:09:00Z");
  }
  void remove(std::size_t position) {
    evidence.listing.artifacts.erase(evidence.listing.artifacts.begin() +
                                     static_cast<std::ptrdiff_t>(position));
    evidence.listing.stated_count = static_cast<std::int64_t>(evidence.listing.artifacts.size());
  }
  std::vector<std::string> refused() {
    checks = decide_run(policy, evidence);
    const Checks more = decide_artifacts(policy, evidence);
    checks.insert(checks.end(), more.begin(), more.end());
    return refused_ids(checks);
  }
  std::string found(std::string_view id) {
    for (const Check& check : checks)
      if (check.id == id && !check.passed) return check.found;
    return "no refused check " + std::string(id);
  }
  std::vector<std::string> chosen() {
    std::vector<std::string> names;
    for (const forge::ArtifactFacts& each : chosen_artifacts(policy, evidence))
      names.push_back(each.name.value_or(""));
    return names;
  }

  Policy policy = testing::good_policy();
  RunEvidence evidence = testing::good_evidence();
  Checks checks;
};

TEST_F(SeveralArtifacts, of_a_matrix_are_all_taken) {
  EXPECT_THAT(refused(), IsEmpty());
  EXPECT_THAT(chosen(), ElementsAre("dist-sdist", "dist-wheels-linux", "dist-wheels-macos"));
}

TEST_F(SeveralArtifacts, a_pattern_that_has_none_is_refused_with_what_is_there) {
  policy.artifacts.back().name = pattern("wheels-*");
  EXPECT_THAT(refused(), Contains("artifact.unique"));
  EXPECT_THAT(found("artifact.unique"), HasSubstr("the run has \"dist-sdist\", \"dist-wheels-linux\""));
  EXPECT_EQ(worst_refusal(checks), RefusalKind::policy);  // the job's missing artifact
}

TEST_F(SeveralArtifacts, a_job_of_the_matrix_that_left_nothing_is_refused) {
  remove(2);
  EXPECT_THAT(refused(), ElementsAre("artifact.each-job"));
  // Its time lies within the other job's too.
  add_job("wheels (windows)", "2026-11-22T10:00:00Z", "2026-11-22T10:06:00Z");
  add_artifact("dist-wheels-macos", "2026-11-22T10:08:50Z");
  EXPECT_THAT(refused(), ElementsAre("artifact.each-job"));
}

TEST_F(SeveralArtifacts, one_job_of_the_matrix_that_failed_is_refused_by_its_name) {
  evidence.jobs.jobs.back().conclusion = std::string("failure");
  EXPECT_THAT(refused(), ElementsAre("run.build-job"));
  EXPECT_THAT(found("run.build-job"), HasSubstr("wheels (macos)"));
}

TEST_F(SeveralArtifacts, one_that_another_job_added_is_refused_by_its_name) {
  add_artifact("dist-wheels-evil", "2026-11-22T10:20:00Z");
  EXPECT_THAT(refused(), ElementsAre("artifact.window"));
  EXPECT_THAT(found("artifact.window"), HasSubstr("dist-wheels-evil"));
}

TEST_F(SeveralArtifacts, two_of_one_name_are_refused) {
  add_artifact("dist-wheels-linux", "2026-11-22T10:04:55Z");
  EXPECT_THAT(refused(), Contains("artifact.unique"));
}

TEST_F(SeveralArtifacts, a_digest_that_one_lacks_is_refused_by_its_name) {
  evidence.listing.artifacts.back().digest_stated = false;
  evidence.listing.artifacts.back().digest = Error{Errc::invalid_input, "no text at digest"};
  EXPECT_THAT(refused(), ElementsAre("artifact.digest-stated"));
  EXPECT_THAT(found("artifact.digest-stated"), HasSubstr("dist-wheels-macos"));
}

TEST_F(SeveralArtifacts, of_a_repeated_job_the_newer_is_taken_beside_those_of_the_others) {
  rerun_macos();
  add_artifact("dist-wheels-macos", "2026-11-22T11:08:50Z");
  EXPECT_THAT(refused(), IsEmpty());
  ASSERT_THAT(chosen(), ElementsAre("dist-sdist", "dist-wheels-linux", "dist-wheels-macos"));
  EXPECT_EQ(chosen_artifacts(policy, evidence).back().created_at.value(), at("2026-11-22T11:08:50Z"));
}

TEST_F(SeveralArtifacts, a_name_may_have_the_attempt_of_its_job) {
  policy.artifacts.front().name = pattern("dist-sdist-{attempt}");
  policy.artifacts.back().name = pattern("dist-wheels-*-{attempt}");
  for (forge::ArtifactFacts& each : evidence.listing.artifacts)
    each.name = *each.name + "-1";
  rerun_macos();
  add_artifact("dist-wheels-macos-2", "2026-11-22T11:08:50Z");
  EXPECT_THAT(refused(), IsEmpty());
  EXPECT_THAT(chosen(), ElementsAre("dist-sdist-1", "dist-wheels-linux-1", "dist-wheels-macos-2"));
}

TEST_F(SeveralArtifacts, were_made_in_the_attempts_in_which_their_jobs_ran) {
  rerun_macos();
  add_artifact("dist-wheels-macos", "2026-11-22T11:08:50Z");
  EXPECT_THAT(build_attempts(policy, evidence), ElementsAre(1, 2));
  evidence.earlier_jobs.clear();
  EXPECT_THAT(build_attempts(policy, evidence), ElementsAre(2));
}

TEST_F(SeveralArtifacts, are_held_to_the_job_that_the_forge_states) {
  evidence.listing.artifacts.back().job = "deploy";
  EXPECT_THAT(refused(), Contains("artifact.window"));
  evidence.listing.artifacts.back().job = "wheels (macos)";
  EXPECT_THAT(refused(), IsEmpty());
}

TEST_F(SeveralArtifacts, are_as_many_as_a_release_may_have) {
  for (std::size_t i = 0; i < most_artifacts; ++i)
    add_artifact("dist-wheels-" + std::to_string(i), "2026-11-22T10:04:50Z");
  EXPECT_THAT(refused(), ElementsAre("artifact.count"));
}

TEST_F(SeveralArtifacts, are_chosen_from_all_of_the_run) {
  add_artifact("coverage", "2026-11-22T10:04:50Z");
  testing::ScriptedForge forge(evidence, "");
  forge.all_artifacts = evidence.listing;
  const auto gathered = gather(forge, policy, evidence.requested, testing::version());
  ASSERT_TRUE(gathered.ok());
  EXPECT_THAT(refused_ids(decide_artifacts(policy, *gathered)), IsEmpty());
  EXPECT_EQ(gathered->listing.artifacts.size(), 3U);
}

}  // namespace
}  // namespace packhouse::source
