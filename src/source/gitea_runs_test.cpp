#include <gmock/gmock.h>

#include "forge/testing/gitea_fixture.hpp"
#include "source/run_checks.hpp"
#include "source/testing/evidence.hpp"

// What the checks of a run say of what a Gitea states.
namespace packhouse::source {
namespace {

using forge::testing::base;
using forge::testing::GiteaTest;
using forge::testing::job;
using forge::testing::run_url;
using forge::testing::RunText;
using forge::testing::sha;
using http::RecordedRequest;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// What `run` is refused for where all else is as it should be. A fact that is absent is also never the same
/// in two readings: `run.attempt`.
std::vector<std::string> refused(const forge::RunFacts& run) {
  auto policy = testing::good_policy();
  policy.repository = "lab/demo";
  policy.workflow = ".gitea/workflows/ci.yml";
  auto evidence = testing::good_evidence();
  evidence.requested = RunId::parse("9").value();
  evidence.latest = evidence.attempt = run;
  evidence.repository.id = std::int64_t{7};
  evidence.repository.full_name = std::string("lab/demo");
  evidence.workflow.id = std::string("ci.yml");
  evidence.workflow.path = policy.workflow;
  evidence.branch.sha = sha;
  evidence.ancestry.status = std::string("identical");
  evidence.ancestry.base_sha = evidence.ancestry.merge_base_sha = sha;
  for (forge::JobFacts& each : evidence.jobs.jobs) {
    each.run_id = std::int64_t{9};
    each.head_sha = sha;
  }
  return refused_ids(decide_run(policy, evidence));
}

TEST_F(GiteaTest, a_push_of_main_passes_every_check_of_a_run) {
  const auto run = run_of({});
  EXPECT_EQ(*run.path, ".gitea/workflows/ci.yml@refs/heads/main");
  EXPECT_EQ(*run.workflow_id, "ci.yml");
  EXPECT_EQ(*run.head_repository_id, 7);
  EXPECT_EQ(*run.attempt, 1);
  EXPECT_THAT(*run.referenced_workflows, IsEmpty());
  EXPECT_THAT(run.evidence.canonical, Not(HasSubstr("canary")));
  EXPECT_THAT(refused(run), IsEmpty());
  EXPECT_EQ(client.requests().at(0).auth, RecordedRequest::Auth::bearer);
}

TEST_F(GiteaTest, a_forks_pull_request_is_no_push_of_main) {
  const auto run = run_of({.path = "ci.yml@refs/pull/3/head", .head_branch = "", .event = "pull_request"});
  EXPECT_EQ(run.head_branch.error().message, "no branch, but \"refs/pull/3/head\"");
  EXPECT_THAT(refused(run),
              ElementsAre("run.head-repository", "run.event", "run.workflow-path", "run.branch"));
}

TEST_F(GiteaTest, a_pull_request_that_claims_to_be_a_push_of_main_is_refused_by_its_ref) {
  EXPECT_THAT(refused(run_of({.path = "ci.yml@refs/pull/3/head"})),
              ElementsAre("run.head-repository", "run.workflow-path", "run.branch"));
}

// It runs with the branch's own ref and commit, and with the fork's say.
TEST_F(GiteaTest, a_pull_request_target_is_no_push) {
  for (const std::string_view event : {"pull_request", "pull_request_sync", "pull_request_target"}) {
    EXPECT_THAT(refused(run_of({.event = event})), ElementsAre("run.head-repository", "run.event"));
  }
}

TEST_F(GiteaTest, a_tag_named_like_the_branch_is_told_by_the_whole_ref) {
  EXPECT_THAT(refused(run_of({.path = "ci.yml@refs/tags/main", .head_branch = ""})),
              ElementsAre("run.workflow-path", "run.branch"));
}

TEST_F(GiteaTest, a_push_of_the_version_s_tag_is_one_of_the_repository) {
  const auto run = run_of({.path = "ci.yml@refs/tags/v1.2.3", .head_branch = ""});
  EXPECT_EQ(*run.head_tag, "v1.2.3");
  EXPECT_EQ(*run.head_repository_id, *run.repository_id);
  EXPECT_FALSE(run.head_branch.ok());
}

TEST_F(GiteaTest, what_a_schedule_asked_for_is_no_push_whatever_the_event_says) {
  const auto run = run_of({.actor = -2});
  EXPECT_EQ(*run.event, "schedule");
  EXPECT_THAT(refused(run), ElementsAre("run.head-repository", "run.event"));
}

TEST_F(GiteaTest, a_file_whose_name_only_begins_like_the_workflows_is_another) {
  answer(run_url, RunText{.path = "ci.yml.evil.yml@refs/heads/main"}.str());
  answer(base + "/actions/workflows/ci.yml.evil.yml", R"({"message":"not found"})", 404);
  answer_jobs({job(1, "build", 1)});
  const auto run = forge().run(9).value();
  EXPECT_EQ(*run.path, "ci.yml.evil.yml@refs/heads/main");
  EXPECT_THAT(refused(run), ElementsAre("run.workflow-path", "run.workflow-id", "run.referenced-workflows"));
}

TEST_F(GiteaTest, a_path_without_a_ref_proves_nothing) {
  answer(run_url, RunText{.path = ".gitea/workflows/ci.yml"}.str());
  answer_jobs({job(1, "build", 1)});
  EXPECT_THAT(refused(forge().run(9).value()), Contains("run.branch"));
}

TEST_F(GiteaTest, called_workflows_are_read_in_the_file_at_the_runs_commit) {
  answer(run_url, RunText{}.str());
  answer_workflow(
      "jobs:\n  build:\n    uses: \"lab/ci/.gitea/workflows/build.yml@main\"\n"
      "  local:\n    uses: ./.gitea/workflows/own.yml\n"
      "#   uses: lab/ci/.gitea/workflows/old.yml@main\n"
      "  more: {uses: lab/ci/more.yaml@v1}\n");
  answer_jobs({job(1, "build", 1)});
  const auto run = forge().run(9).value();
  EXPECT_THAT(*run.referenced_workflows,
              ElementsAre(forge::CalledWorkflow{"lab/ci/.gitea/workflows/build.yml@main"},
                          forge::CalledWorkflow{"lab/ci/more.yaml@v1"}));
  EXPECT_THAT(refused(run), ElementsAre("run.referenced-workflows"));
}

TEST_F(GiteaTest, a_workflow_that_the_commit_does_not_have_is_refused) {
  answer(run_url, RunText{}.str());
  answer(base + "/actions/workflows/ci.yml", R"({"id":"ci.yml","path":".gitea/workflows/ci.yml"})");
  answer(base + "/contents/.gitea/workflows/ci.yml?ref=" + sha, R"({"message":"not found"})", 404);
  answer_jobs({job(1, "build", 1)});
  EXPECT_THAT(refused(forge().run(9).value()), ElementsAre("run.referenced-workflows"));
}

}  // namespace
}  // namespace packhouse::source
