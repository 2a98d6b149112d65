#include "source/ci_outage.hpp"

#include <gmock/gmock.h>

#include "source/testing/scripted_forge.hpp"

namespace packhouse::source {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view api = "https://forge.example/api";

class CiProbeTest : public ::testing::Test {
 protected:
  CiProbeTest() { list({}); }

  /// So many runs of the commit, each as CI's own run of it but for how it stands.
  void list(const std::vector<std::pair<std::string, std::string>>& standings) {
    forge.listed_runs = {};
    for (const auto& [status, conclusion] : standings) {
      forge::RunFacts run = good_run();
      run.status = status;
      run.conclusion =
          conclusion.empty() ? Field<std::string>(Error{Errc::invalid_input, "null"}) : Field(conclusion);
      forge.listed_runs.runs.push_back(run);
    }
    forge.listed_runs.stated_count = static_cast<std::int64_t>(standings.size());
    forge.listed_runs.evidence = Evidence("runs", json::Array{});
  }

  /// Every call from that one on ends so.
  void fail(std::string from, Errc code) {
    forge.before = [from = std::move(from), code, begun = false](std::string_view call) mutable -> Status {
      begun = begun || call == from;
      return begun ? Status(Error{code, "it failed"}) : success();
    };
  }

  Checks decide() { return decide_ci_unavailable(policy, probe_ci(forge, api, policy, built_commit)); }
  std::vector<std::string> refused() { return refused_ids(decide()); }
  std::string found() { return describe(policy, probe_ci(forge, api, policy, built_commit)); }

  Policy policy = good_policy();
  ScriptedForge forge{good_evidence(), ""};
};

TEST_F(CiProbeTest, no_run_of_the_commit_is_proof) {
  EXPECT_THAT(refused(), IsEmpty());
  EXPECT_EQ(found(), "no run of the commit");
}

TEST_F(CiProbeTest, a_run_that_succeeded_is_to_be_promoted) {
  list({{"completed", "cancelled"}, {"completed", "success"}, {"completed", "failure"}});
  const auto checks = decide();
  EXPECT_THAT(refused_ids(checks), ElementsAre("recover.ci-unavailable"));
  EXPECT_THAT(checks.front().hint, HasSubstr("packhouse promote --build-run-id"));
}

TEST_F(CiProbeTest, a_run_that_may_still_succeed_is_waited_for) {
  for (const char* status :
       {"queued", "in_progress", "waiting", "requested", "pending", "of another forge"}) {
    list({{status, ""}});
    EXPECT_THAT(refused(), ElementsAre("recover.ci-unavailable")) << status;
  }
  list({{"completed", "a new word"}});
  EXPECT_THAT(refused(), ElementsAre("recover.ci-unavailable")) << "what is not known is no proof";
  list({{"completed", ""}});
  EXPECT_THAT(refused(), ElementsAre("recover.ci-unavailable"));
}

TEST_F(CiProbeTest, a_run_that_failed_is_a_no_to_the_commit) {
  list({{"completed", "failure"}});
  const auto checks = decide();
  EXPECT_THAT(refused_ids(checks), ElementsAre("recover.ci-unavailable"));
  EXPECT_THAT(checks.front().hint, HasSubstr("CI works"));
}

TEST_F(CiProbeTest, a_run_that_was_cut_off_said_nothing) {
  for (const char* conclusion : {"cancelled", "timed_out", "startup_failure", "stale", "action_required"}) {
    list({{"completed", conclusion}});
    EXPECT_THAT(refused(), IsEmpty()) << conclusion;
    EXPECT_THAT(found(), HasSubstr(conclusion));
  }
}

TEST_F(CiProbeTest, runs_of_another_event_or_branch_are_none_of_it) {
  list({{"completed", "success"}, {"queued", ""}});
  forge.listed_runs.runs[0].event = std::string("pull_request");
  forge.listed_runs.runs[1].head_branch = std::string("topic");
  EXPECT_THAT(refused(), IsEmpty());
  forge.listed_runs.runs[0].event = Error{Errc::invalid_input, "nothing"};
  EXPECT_THAT(refused(), ElementsAre("recover.ci-unavailable")) << "what is not stated is taken against it";
}

TEST_F(CiProbeTest, a_list_that_is_not_whole_is_no_proof) {
  forge.listed_runs.stated_count = std::int64_t{1};
  EXPECT_THAT(refused(), ElementsAre("recover.ci-unavailable"));
  forge.listed_runs.stated_count = Error{Errc::invalid_input, "nothing"};
  EXPECT_THAT(refused(), ElementsAre("recover.ci-unavailable"));
}

TEST_F(CiProbeTest, a_workflow_that_is_off_is_proof_unless_a_run_stands_against_it) {
  forge.evidence.workflow.state = std::string("disabled_manually");
  EXPECT_THAT(refused(), IsEmpty());
  EXPECT_EQ(found(), "the workflow is \"disabled_manually\", and no run of the commit");
  list({{"completed", "success"}});
  EXPECT_THAT(refused(), ElementsAre("recover.ci-unavailable"));
  list({});
  forge.evidence.workflow.state = Error{Errc::invalid_input, "nothing"};
  EXPECT_THAT(refused(), ElementsAre("recover.ci-unavailable"));
}

TEST_F(CiProbeTest, a_forge_that_does_not_answer_is_proof_at_whichever_question) {
  for (const char* call : {"repository", "workflow", "runs", "branch", "compare"}) {
    fail(call, Errc::unavailable);
    EXPECT_THAT(refused(), IsEmpty()) << call;
    EXPECT_EQ(found(), "\"https://forge.example/api\": it failed") << call;
  }
}

TEST_F(CiProbeTest, what_anybody_can_bring_about_is_no_proof) {
  for (const Errc code : {Errc::unauthenticated, Errc::rate_limited, Errc::not_found, Errc::forbidden}) {
    fail("repository", code);
    const auto checks = decide();
    EXPECT_THAT(refused_ids(checks), ElementsAre("recover.ci-unavailable"));
    EXPECT_EQ(checks.front().refusal,
              code == Errc::unauthenticated ? RefusalKind::authentication : RefusalKind::policy);
  }
}

TEST_F(CiProbeTest, a_commit_that_is_not_on_the_forges_branch_is_refused) {
  fail("compare", Errc::not_found);
  EXPECT_THAT(refused(), ElementsAre("recover.commit-on-forge"));
  forge.before = nullptr;
  forge.evidence.ancestry.status = std::string("diverged");
  EXPECT_THAT(refused(), ElementsAre("recover.commit-on-forge"));
}

TEST_F(CiProbeTest, everything_that_was_seen_is_evidence) {
  forge.evidence.workflow.evidence = Evidence("workflow", json::Object{});
  forge.evidence.branch.evidence = Evidence("branch", json::Object{});
  forge.evidence.ancestry.evidence = Evidence("ancestry", json::Object{});
  std::vector<std::string> names;
  for (const Evidence& each : probe_ci(forge, api, policy, built_commit).evidence())
    names.push_back(each.name);
  EXPECT_THAT(names, ElementsAre("ci-probe", "workflow", "branch", "ancestry", "runs"));
  fail("repository", Errc::unavailable);
  const auto silent = probe_ci(forge, api, policy, built_commit).evidence();
  ASSERT_EQ(silent.size(), 1U);
  EXPECT_THAT(silent.front().canonical, HasSubstr("it failed"));
  EXPECT_THAT(silent.front().canonical, HasSubstr(std::string(api)));
}

}  // namespace
}  // namespace packhouse::source
