#include "forge/kind.hpp"

#include <gtest/gtest.h>

#include "http/testing/scripted_client.hpp"
#include "sys/clock.hpp"

namespace packhouse::forge {
namespace {

TEST(ForgeKind, is_found_by_its_name_and_github_is_the_default) {
  EXPECT_EQ(forge_kinds().front().name, "github");
  for (const ForgeKind& kind : forge_kinds())
    EXPECT_EQ(find_forge_kind(kind.name), &kind);
  EXPECT_EQ(find_forge_kind("svn"), nullptr);
}

TEST(ForgeKind, has_a_token_and_an_address_in_variables_of_its_own) {
  for (const ForgeKind& kind : forge_kinds()) {
    for (const ForgeKind& other : forge_kinds()) {
      if (&kind == &other) continue;
      EXPECT_NE(kind.dialect.token_variable, other.dialect.token_variable);
      EXPECT_NE(kind.dialect.url_variable, other.dialect.url_variable);
    }
  }
}

TEST(ForgeKind, its_usual_workflow_is_one_that_it_accepts) {
  for (const ForgeKind& kind : forge_kinds())
    EXPECT_TRUE(kind.check_workflow(kind.usual_workflow).ok()) << kind.name;
}

TEST(ForgeKind, gitea_takes_workflows_from_two_folders_and_gitlab_from_any) {
  EXPECT_TRUE(find_forge_kind("gitea")->check_workflow(".github/workflows/x.yml").ok());
  EXPECT_FALSE(find_forge_kind("github")->check_workflow(".gitea/workflows/x.yml").ok());
  EXPECT_FALSE(find_forge_kind("github")->check_workflow(".github/workflows/").ok());
  EXPECT_FALSE(find_forge_kind("github")->check_workflow(".github/workflows/a/x.yml").ok());
  EXPECT_TRUE(find_forge_kind("gitlab")->check_workflow("ci/build.yml").ok());
}

TEST(ForgeKind, connects_to_a_repository_as_it_names_them) {
  http::ScriptedClient client;
  SystemClock clock;
  const BuildJobs jobs{NamePattern::parse("build").value()};
  for (const ForgeKind& kind : forge_kinds()) {
    const ForgeAccess access{.api_url = "https://forge.example/api", .token = Secret{"canary"}};
    EXPECT_TRUE(kind.connect(access, "lab/demo", jobs, client, clock).ok()) << kind.name;
    EXPECT_FALSE(kind.connect(access, "demo", jobs, client, clock).ok()) << kind.name;
  }
}

}  // namespace
}  // namespace packhouse::forge
