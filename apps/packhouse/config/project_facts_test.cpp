#include "config/project_facts.hpp"

#include <gmock/gmock.h>

namespace packhouse::app {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(ProjectFacts, are_what_the_standard_s_table_says) {
  const auto facts = read_project_facts(
      "[project]\nname = \"Demo\"\ndynamic = [\"readme\", \"version\"]\nrequires-python = \">=3.12\"\n"
      "[project.scripts]\ndemo = \"demo:main\"\ndemo-admin = \"demo:admin\"\n[tool.packhouse]\n"
      "[build-system]\nbuild-backend = \"hatchling.build\"\n");
  ASSERT_TRUE(facts.ok());
  EXPECT_EQ(facts->name, "Demo");
  EXPECT_THAT(facts->scripts, ElementsAre("demo", "demo-admin"));
  EXPECT_EQ(facts->requires_python, ">=3.12");
  EXPECT_EQ(facts->build_backend, "hatchling.build");
  EXPECT_TRUE(facts->dynamic_version);
  EXPECT_TRUE(facts->has_settings);
}

TEST(ProjectFacts, of_another_type_are_not_there) {
  const auto facts =
      read_project_facts("project = { name = 3, dynamic = \"version\", scripts = [] }\ntool.packhouse = 1\n");
  ASSERT_TRUE(facts.ok());
  EXPECT_EQ(facts->name, "");
  EXPECT_THAT(facts->scripts, IsEmpty());
  EXPECT_FALSE(facts->dynamic_version);
  EXPECT_FALSE(facts->has_settings);
  EXPECT_EQ(read_project_facts("[").error().code, Errc::invalid_input);
}

TEST(PythonFor, is_the_first_that_is_named_or_the_lowest_that_is_taken) {
  EXPECT_EQ(python_for("", {"python3"}), "3.11");
  EXPECT_EQ(python_for(">=3.13", {"python3"}), "3.13");
  EXPECT_EQ(python_for(">=3.11.4,<4", {"/usr/bin/python3"}), "3.11");
  EXPECT_EQ(python_for(">=3.11", {"python3", "3.13", "3.12"}), "3.13");
  EXPECT_EQ(python_for("~=2.7", {}), "3.11");
  EXPECT_EQ(python_for("nonsense", {}), "3.11");
}

TEST(Remote, is_read_in_every_form_that_git_takes) {
  for (const auto* url :
       {"https://GitHub.com/o/demo.git", "https://user@github.com/o/demo", "git@github.com:o/demo.git",
        "ssh://git@github.com:22/o/demo.git", "https://github.com/o/demo/"}) {
    const auto remote = parse_remote(url);
    ASSERT_TRUE(remote) << url;
    EXPECT_EQ(remote->host, "github.com") << url;
    EXPECT_EQ(remote->repository, "o/demo") << url;
  }
  EXPECT_EQ(parse_remote("https://gitlab.example/group/sub/demo")->repository, "group/sub/demo");
  for (const auto* url : {"", "/srv/git/demo.git", "../demo", "file:///srv/git/demo.git", "C:/demo", "demo"})
    EXPECT_FALSE(parse_remote(url)) << url;
}

}  // namespace
}  // namespace packhouse::app
