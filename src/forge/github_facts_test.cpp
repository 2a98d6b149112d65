#include "forge/github_facts.hpp"

#include <gtest/gtest.h>

namespace packhouse::forge::github {
namespace {

json::Value parsed(std::string_view text) {
  return json::parse(text).value();
}

TEST(GitHubFacts, reads_a_run) {
  const auto run =
      read_run(parsed(R"({"id":7,"repository":{"id":1,"full_name":"a/b"},"head_repository":{"id":2},
    "event":"push","status":"completed","conclusion":"success","head_branch":"main","head_sha":"aa","path":"p",
    "workflow_id":3,"run_attempt":2,"referenced_workflows":[{"path":"x/y@v1","sha":"z"}]})"),
               "run");
  EXPECT_EQ(*run.id, 7);
  EXPECT_EQ(*run.repository_id, 1);
  EXPECT_EQ(*run.repository_name, "a/b");
  EXPECT_EQ(*run.head_repository_id, 2);
  EXPECT_EQ(*run.head_branch, "main");
  EXPECT_EQ(*run.attempt, 2);
  EXPECT_EQ(run.referenced_workflows->at(0), (CalledWorkflow{"x/y@v1", "z"}));
  EXPECT_EQ(run.evidence.name, "run");
}

TEST(GitHubFacts, what_is_absent_null_or_of_another_type_is_no_fact) {
  const auto run =
      read_run(parsed(R"({"id":"7","repository":null,"head_repository":[],"event":null,"conclusion":1,
    "head_branch":null,"run_attempt":1.5,"referenced_workflows":null})"),
               "run");
  EXPECT_FALSE(run.id.ok());
  EXPECT_FALSE(run.repository_id.ok());
  EXPECT_FALSE(run.head_repository_id.ok());
  EXPECT_FALSE(run.event.ok());
  EXPECT_FALSE(run.conclusion.ok());
  EXPECT_FALSE(run.head_branch.ok());
  EXPECT_FALSE(run.head_sha.ok());
  EXPECT_FALSE(run.attempt.ok());
  EXPECT_FALSE(run.referenced_workflows.ok());
  EXPECT_EQ(run.repository_id.error().message, "nothing at repository.id");
  EXPECT_EQ(run.id.error().message, "no integer at id");
}

TEST(GitHubFacts, survives_documents_that_are_no_object) {
  for (const std::string_view text : {"[]", "null", "7", "\"x\"", "{}"}) {
    EXPECT_FALSE(read_run(parsed(text), "run").id.ok());
    EXPECT_FALSE(read_artifact(parsed(text)).id.ok());
    EXPECT_FALSE(read_job(parsed(text)).name.ok());
    EXPECT_FALSE(read_comparison(parsed(text)).status.ok());
    EXPECT_FALSE(read_ref(parsed(text), "branch").sha.ok());
  }
}

TEST(GitHubFacts, tells_a_stated_digest_from_none) {
  EXPECT_TRUE(read_artifact(parsed(R"({"digest":"sha256:x"})")).digest_stated);
  EXPECT_TRUE(read_artifact(parsed(R"({"digest":7})")).digest_stated);
  EXPECT_FALSE(read_artifact(parsed(R"({"digest":null})")).digest_stated);
  EXPECT_FALSE(read_artifact(parsed("{}")).digest_stated);
}

TEST(GitHubFacts, keeps_of_a_comparison_only_what_is_decided_on) {
  const auto facts = read_comparison(parsed(R"({"status":"ahead","base_commit":{"sha":"a"},
    "merge_base_commit":{"sha":"a"},"commits":[{"sha":"b"}],"files":[{"patch":"megabytes"}]})"));
  EXPECT_EQ(facts.evidence.canonical, R"({"base_commit":"a","merge_base_commit":"a","status":"ahead"})");
}

TEST(GitHubFacts, finds_the_next_page) {
  EXPECT_EQ(next_link(R"(<https://h/x?page=2>; rel="next", <https://h/x?page=9>; rel="last")"),
            "https://h/x?page=2");
  EXPECT_EQ(next_link(R"(<https://h/x?page=1>; rel="prev", <https://h/a,b?page=3>; title="a"; rel="next")"),
            "https://h/a,b?page=3");
  for (const std::string_view link :
       {"", "<", "<https://h", "<https://h>", R"(<https://h>; rel="last")", ">; rel=next"})
    EXPECT_FALSE(next_link(link)) << link;
}

}  // namespace
}  // namespace packhouse::forge::github
