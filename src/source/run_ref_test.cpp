#include "source/run_ref.hpp"

#include <gmock/gmock.h>

#include "source/attestation_checks.hpp"
#include "source/run_checks.hpp"
#include "source/testing/evidence.hpp"
#include "source/testing/scripted_forge.hpp"

namespace packhouse::source {
namespace {

using namespace std::string_literals;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::pattern;

/// A run, and what the forge says of it as it is asked.
class RunOfARef : public ::testing::Test {
 protected:
  void set(const std::string& event, const std::string& name) {
    for (forge::RunFacts* run : {&forge.evidence.latest, &forge.evidence.attempt}) {
      run->event = event;
      run->head_branch = name;
      run->path = ".github/workflows/ci.yml@" + name;
    }
  }
  /// The tag of version 1.2.3 at the run's commit, and a push of it.
  void push_tag() {
    policy.tags = "v{version}";
    set("push", "v1.2.3");
    forge.tag_name = "v1.2.3";
    forge::RefFacts tag;
    tag.ref = "refs/tags/v1.2.3"s;
    tag.sha = std::string(testing::built_commit);
    forge.evidence.tag = tag;
  }
  std::vector<std::string> refused() {
    const auto gathered = gather(forge, policy, forge.evidence.requested, testing::version());
    EXPECT_TRUE(gathered.ok());
    evidence = *gathered;
    return refused_ids(decide_run(policy, evidence));
  }

  Policy policy = testing::good_policy();
  testing::ScriptedForge forge{testing::good_evidence(), ""};
  RunEvidence evidence = testing::good_evidence();
};

// ----- tags

TEST_F(RunOfARef, a_push_of_the_version_s_tag_is_taken_where_the_settings_say_so) {
  push_tag();
  EXPECT_THAT(refused(), IsEmpty());
  EXPECT_EQ(ref_of(policy, "v1.2.3", evidence.latest).full(), "refs/tags/v1.2.3");
  policy.tags.clear();
  EXPECT_THAT(refused(), Contains("run.branch"));
}

TEST_F(RunOfARef, a_push_to_the_branch_is_taken_beside_tags) {
  policy.tags = "v{version}";
  EXPECT_THAT(refused(), IsEmpty());
}

TEST_F(RunOfARef, the_tag_of_another_version_is_refused) {
  push_tag();
  set("push", "v1.2.4");
  EXPECT_THAT(refused(), Contains("run.branch"));
}

TEST_F(RunOfARef, a_tag_that_points_elsewhere_or_is_gone_is_refused) {
  push_tag();
  forge.evidence.tag->sha = std::string(testing::other_commit);
  EXPECT_THAT(refused(), ElementsAre("run.tag-commit"));
  forge.evidence.tag.reset();
  EXPECT_THAT(refused(), ElementsAre("run.tag-commit"));
}

TEST_F(RunOfARef, a_tag_off_the_protected_branch_is_refused) {
  push_tag();
  forge.evidence.ancestry.status = "diverged"s;
  EXPECT_THAT(refused(), ElementsAre("run.ancestry"));
}

TEST_F(RunOfARef, a_branch_called_like_the_tag_is_refused_where_names_do_not_tell) {
  push_tag();
  forge.evidence.shadowing_branch = forge.evidence.branch;
  EXPECT_THAT(refused(), ElementsAre("run.branch-shadow"));
  for (forge::RunFacts* run : {&forge.evidence.latest, &forge.evidence.attempt}) {
    run->tells_tags = true;
    run->head_branch = Error{Errc::invalid_input, "a tag, no branch"};
    run->head_tag = "v1.2.3"s;
  }
  EXPECT_THAT(refused(), IsEmpty());
}

TEST_F(RunOfARef, a_branch_that_the_forge_tells_from_the_tag_is_no_tag) {
  push_tag();
  for (forge::RunFacts* run : {&forge.evidence.latest, &forge.evidence.attempt}) {
    run->tells_tags = true;
    run->head_tag = Error{Errc::invalid_input, "a branch, no tag"};
  }
  EXPECT_THAT(refused(), Contains("run.branch"));
}

TEST_F(RunOfARef, a_tag_may_not_move_before_the_publication) {
  push_tag();
  EXPECT_THAT(refused_ids(decide_tag_unchanged(forge.evidence.tag, forge.evidence.tag)), IsEmpty());
  auto moved = forge.evidence.tag;
  moved->sha = std::string(testing::other_commit);
  EXPECT_THAT(refused_ids(decide_tag_unchanged(forge.evidence.tag, moved)), ElementsAre("run.tag-unchanged"));
  EXPECT_THAT(refused_ids(decide_tag_unchanged(forge.evidence.tag, std::nullopt)),
              ElementsAre("run.tag-unchanged"));
}

TEST_F(RunOfARef, an_attestation_of_a_tag_s_run_names_the_tag) {
  push_tag();
  refused();
  const std::string server = "https://github.com";
  const auto expected = expectation({policy, evidence, server, {}}, Sha256::of("x"), 1);
  EXPECT_EQ(expected.source_ref, "refs/tags/v1.2.3");
  EXPECT_TRUE(expected.build_config_uri.ends_with("/ci.yml@refs/tags/v1.2.3"));
}

// ----- events

TEST_F(RunOfARef, a_release_is_taken_as_its_tag_where_the_settings_say_so) {
  push_tag();
  set("release", "v1.2.3");
  EXPECT_THAT(refused(), Contains("run.event"));
  policy.events = {"push", "release"};
  EXPECT_THAT(refused(), IsEmpty());
  set("release", "v9");
  EXPECT_THAT(refused(), Contains("run.tag"));
}

TEST_F(RunOfARef, a_merge_group_is_taken_once_the_branch_has_its_commit) {
  const auto* group = "gh-readonly-queue/main/pr-7-bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
  set("merge_group", group);
  EXPECT_THAT(refused(), Contains("run.event"));
  policy.events = {"push", "merge_group"};
  EXPECT_THAT(refused(), IsEmpty());
  forge.evidence.ancestry.status = "diverged"s;  // the queue gave the group up
  EXPECT_THAT(refused(), ElementsAre("run.ancestry"));
}

TEST_F(RunOfARef, a_merge_group_of_another_branch_or_another_name_is_refused) {
  policy.events = {"push", "merge_group"};
  for (const auto* name :
       {"gh-readonly-queue/develop/pr-7-b", "gh-readonly-queue/main", "main", "gh-readonly-queue/main/pr-x",
        "gh-readonly-queue//pr-7-b", "gh-readonly-queue/main/pr-7/../../x"}) {
    set("merge_group", name);
    EXPECT_THAT(refused(), Contains("run.branch")) << name;
  }
}

// ----- branches

TEST_F(RunOfARef, branches_are_taken_by_name_and_by_pattern) {
  policy.other_branches = {pattern("stable"), pattern("release/*")};
  for (const auto* name : {"main", "stable", "release/1.x"}) {
    set("push", name);
    forge.evidence.branch.ref = "refs/heads/"s + name;
    EXPECT_THAT(refused(), IsEmpty()) << name;
  }
  for (const auto* name : {"release/1.x/fix", "develop", "release/"}) {
    set("push", name);
    EXPECT_THAT(refused(), Contains("run.branch")) << name;
  }
}

TEST_F(RunOfARef, of_another_release_is_left_out_of_a_commit_s_runs) {
  const auto is_other = [&](const std::string& event, const std::string& name) {
    set(event, name);
    return is_of_another(policy, forge.evidence.latest);
  };
  EXPECT_FALSE(is_other("push", "main"));
  EXPECT_TRUE(is_other("push", "develop"));
  EXPECT_TRUE(is_other("schedule", "main"));
  EXPECT_TRUE(is_other("push", "v1.2.3"));
  policy.tags = "v{version}";
  EXPECT_FALSE(is_other("push", "v1.2.3"));
  EXPECT_TRUE(is_other("push", "x1.2.3"));
}

TEST(Tags, a_setting_names_one_version_in_a_name_that_git_takes) {
  EXPECT_TRUE(check_tags("v{version}").ok());
  EXPECT_TRUE(check_tags("demo/{version}").ok());
  for (const auto* text : {"", "v1", "v{version}{version}", "v {version}", "v{version}.", "/{version}",
                           "a..{version}", "v{version}~1", "-{version}"})
    EXPECT_FALSE(check_tags(text).ok()) << text;
}

TEST(Widenings, of_the_strict_settings_are_none) {
  auto policy = testing::good_policy();
  EXPECT_THAT(widenings(policy), IsEmpty());
  const auto strict = digest_of(policy);
  policy.tags = "v{version}";
  policy.other_branches = {pattern("release/*")};
  EXPECT_THAT(widenings(policy),
              ElementsAre("runs of the branches \"release/*\"", "runs of the tag \"v{version}\""));
  EXPECT_NE(digest_of(policy), strict);
}

}  // namespace
}  // namespace packhouse::source
