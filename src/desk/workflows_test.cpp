#include "desk/workflows.hpp"

#include <gmock/gmock.h>

namespace packhouse::desk {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

WorkflowSettings good_settings() {
  return {.workflow = ".github/workflows/build.yml",
          .branch = "release",
          .artifact = "files",
          .build_job = "make",
          .checks = {{"ruff", "check", "."}},
          .smoke = {{"demo", "--version"}}};
}

TEST(Workflows, contain_the_settings) {
  const auto files = github_workflows(good_settings());
  ASSERT_TRUE(files.ok());
  ASSERT_EQ(files->size(), 2U);
  EXPECT_EQ(files->at(0).path, ".github/workflows/build.yml");
  EXPECT_THAT(files->at(0).text,
              AllOf(HasSubstr("branches: [release]\n"), HasSubstr("\n  make:\n"), HasSubstr("needs: make\n"),
                    HasSubstr("name: files\n"), HasSubstr("      - run: ruff check .\n\n"),
                    HasSubstr("      - run: demo --version\n")));
  EXPECT_EQ(files->at(1).path, ".github/workflows/publish-private.yml");
  EXPECT_THAT(files->at(1).text, HasSubstr("ref: release\n"));
  for (const auto& file : *files) {
    EXPECT_THAT(file.text,
                AllOf(Not(HasSubstr("<BRANCH>")), Not(HasSubstr("<CHECKS>")), Not(HasSubstr("<SMOKE>"))));
  }
}

TEST(Workflows, a_name_with_the_attempt_is_the_runners_to_fill_in) {
  auto settings = good_settings();
  settings.artifact = "dist-{attempt}";
  const auto files = github_workflows(settings);
  ASSERT_TRUE(files.ok());
  EXPECT_THAT(files->front().text, HasSubstr("name: dist-${{ github.run_attempt }}\n"));
  settings.artifact = "dist-{other}";
  EXPECT_EQ(github_workflows(settings).error().code, Errc::invalid_input);
}

TEST(Workflows, refuse_words_with_a_meaning_in_yaml_or_a_shell) {
  for (const auto* word :
       {"", "a b", "$(id)", "${{ github.token }}", "a;b", "a\nb", "'a'", "a: b", "a #b", "*"}) {
    auto settings = good_settings();
    settings.checks = {{"pytest", word}};
    EXPECT_EQ(github_workflows(settings).error().code, Errc::invalid_input) << word;
    settings = good_settings();
    settings.branch = word;
    EXPECT_EQ(github_workflows(settings).error().code, Errc::invalid_input) << word;
  }
}

}  // namespace
}  // namespace packhouse::desk
