#include "desk/workflows.hpp"

#include <gmock/gmock.h>

namespace packhouse::desk {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

WorkflowSettings good_settings() {
  return {.workflow = ".github/workflows/build.yml",
          .branch = "release",
          .artifact = "files",
          .build_job = "make",
          .checks = {{"ruff", "check", "."}},
          .smoke = {{"demo", "--version"}},
          .project = "demo",
          .packhouse_requirements = ""};
}

std::string ci_text(const WorkflowSettings& settings) {
  const auto files = make_workflows(settings);
  return files.ok() ? files->front().text : files.error().message;
}

TEST(Workflows, contain_the_settings) {
  const auto files = make_workflows(good_settings());
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
                AllOf(Not(ContainsRegex("<[A-Z-]+>")), Not(HasSubstr("\n#if")), Not(HasSubstr("\n#end"))));
  }
}

TEST(Workflows, a_name_with_the_attempt_is_the_runners_to_fill_in) {
  auto settings = good_settings();
  settings.artifact = "dist-{attempt}";
  const auto files = make_workflows(settings);
  ASSERT_TRUE(files.ok());
  EXPECT_THAT(files->front().text, HasSubstr("name: dist-${{ github.run_attempt }}\n"));
  settings.artifact = "dist-{other}";
  EXPECT_EQ(make_workflows(settings).error().code, Errc::invalid_input);
}

TEST(Workflows, refuse_words_with_a_meaning_in_yaml_or_a_shell) {
  for (const auto* word :
       {"", "a b", "$(id)", "${{ github.token }}", "a;b", "a\nb", "'a'", "a: b", "a #b", "*"}) {
    auto settings = good_settings();
    settings.checks = {{"pytest", word}};
    EXPECT_EQ(make_workflows(settings).error().code, Errc::invalid_input) << word;
    settings = good_settings();
    settings.branch = word;
    EXPECT_EQ(make_workflows(settings).error().code, Errc::invalid_input) << word;
  }
}

TEST(Workflows, of_a_package_in_a_folder_build_and_promote_there) {
  auto settings = good_settings();
  settings.folder = "packages/a";
  settings.config = "packages/a/pyproject.toml";
  const auto files = make_workflows(settings);
  ASSERT_TRUE(files.ok());
  EXPECT_THAT(files->at(0).text,
              AllOf(HasSubstr("\n    working-directory: packages/a\n"), HasSubstr(" packages/a/dist/*.whl\n"),
                    HasSubstr("path: packages/a/artifact\n"), HasSubstr("group: ci-demo-")));
  EXPECT_EQ(files->at(1).path, ".github/workflows/publish-private-demo.yml");
  EXPECT_THAT(files->at(1).text,
              AllOf(HasSubstr("packhouse promote --config packages/a/pyproject.toml --state"),
                    HasSubstr("group: publish-private-demo\n")));
}

TEST(Workflows, attest_what_a_promotion_asks_attestations_of) {
  auto settings = good_settings();
  EXPECT_THAT(ci_text(settings), AllOf(Not(HasSubstr("id-token")), Not(HasSubstr("actions/attest"))));
  settings.attest = true;
  EXPECT_THAT(ci_text(settings), AllOf(HasSubstr("id-token: write"), HasSubstr("attestations: write"),
                                       HasSubstr("uses: actions/attest-build-provenance@")));
}

TEST(Workflows, hand_over_no_secret_where_the_index_trusts_the_run) {
  auto settings = good_settings();
  const auto publishing = [&] { return make_workflows(settings)->at(1).text; };
  EXPECT_THAT(publishing(), AllOf(HasSubstr("secrets.PRIVATE_INDEX_PASSWORD"), Not(HasSubstr("id-token"))));
  settings.trusted_publishing = true;
  EXPECT_THAT(publishing(),
              AllOf(HasSubstr("      id-token: write "), Not(HasSubstr("secrets.PRIVATE_INDEX")),
                    HasSubstr("${{ vars.PRIVATE_INDEX_REPOSITORY_URL }}"),
                    HasSubstr("${{ vars.PRIVATE_INDEX_PIP_INDEX_URL }}")));
}

TEST(Workflows, fetch_the_tags_that_a_version_comes_from) {
  auto settings = good_settings();
  EXPECT_THAT(ci_text(settings), Not(HasSubstr("fetch-depth")));
  settings.version_from_git = true;
  EXPECT_THAT(ci_text(settings), HasSubstr("fetch-depth: 0 "));
}

TEST(Workflows, use_one_python_everywhere) {
  auto settings = good_settings();
  settings.python = "3.13";
  EXPECT_THAT(ci_text(settings), AllOf(HasSubstr("python-version: \"3.13\""), Not(HasSubstr("\"3.11\""))));
}

TEST(Workflows, give_no_two_jobs_one_key) {
  auto settings = good_settings();
  settings.build_job = "checks";
  EXPECT_THAT(ci_text(settings), AllOf(HasSubstr("\n  checks:\n"), HasSubstr("\n  other-checks:\n")));
  settings.build_job = "install";
  EXPECT_THAT(ci_text(settings), AllOf(HasSubstr("\n  install:\n"), HasSubstr("\n  try-install:\n"),
                                       HasSubstr("needs: install\n")));
}

TEST(Workflows, quote_a_jobs_name_that_is_no_key) {
  auto settings = good_settings();
  settings.build_job = "Build: the \"wheels\"";
  EXPECT_THAT(ci_text(settings), AllOf(HasSubstr("\n  Build--the--wheels-:\n"),
                                       HasSubstr("    name: \"Build: the \\\"wheels\\\"\"\n"),
                                       HasSubstr("needs: Build--the--wheels-\n")));
  settings.build_job = "3.11";
  EXPECT_THAT(ci_text(settings), HasSubstr("\n  _3-11:\n    name: \"3.11\"\n"));
  for (const auto* name : {"", "a\nb", "${{ github.token }}", "\xff"}) {
    settings.build_job = name;
    EXPECT_EQ(make_workflows(settings).error().code, Errc::invalid_input) << name;
  }
}

TEST(Workflows, are_two_files) {
  auto settings = good_settings();
  settings.workflow = ".github/workflows/publish-private.yml";
  EXPECT_EQ(make_workflows(settings).error().code, Errc::invalid_input);
}

TEST(Workflows, do_without_what_is_not_pinned) {
  auto settings = good_settings();
  settings.pinned_checks = settings.pinned_build = settings.pinned_runtime = false;
  EXPECT_THAT(ci_text(settings), AllOf(Not(HasSubstr("requirements/")), Not(HasSubstr("ruff")),
                                       HasSubstr("- run: python -m build\n")));
}

TEST(Workflows, collect_a_wheel_for_each_system) {
  auto settings = good_settings();
  settings.wheel_matrix = true;
  EXPECT_THAT(ci_text(settings),
              AllOf(HasSubstr("\n  wheels:\n"), HasSubstr("needs: wheels\n"),
                    HasSubstr("run: python -m build --wheel --no-isolation\n"),
                    HasSubstr("run: python -m build --sdist --no-isolation\n"),
                    HasSubstr("pip install --no-index --no-deps --find-links artifact demo\n")));
  settings.build_job = "wheels";
  settings.pinned_build = false;
  EXPECT_THAT(ci_text(settings),
              AllOf(HasSubstr("needs: each-wheel\n"), HasSubstr("run: python -m build --wheel\n")));
}

TEST(Workflows, promote_each_wheel_of_a_matrix_from_its_own_artifact) {
  auto settings = good_settings();
  settings.wheel_matrix = true;
  settings.artifact = "dist-sdist";
  settings.wheels_artifact = "dist-wheels-*";
  settings.wheels_job = "build-wheels (*)";
  EXPECT_THAT(ci_text(settings),
              AllOf(HasSubstr("\n  build-wheels:\n"), HasSubstr("needs: [make, build-wheels]\n"),
                    HasSubstr("name: dist-wheels-${{ matrix.runner }}\n"), HasSubstr("name: dist-sdist\n"),
                    HasSubstr("pattern: \"dist-*\"\n"), Not(HasSubstr("needs: build-wheels\n")),
                    Not(HasSubstr("retention-days: 1\n"))));
  settings.attest = true;
  EXPECT_THAT(ci_text(settings), HasSubstr("subject-path: dist/*.whl\n"));
  EXPECT_THAT(*missing_lines(settings, ci_text(settings)), IsEmpty());
  const auto lines = missing_lines(settings, "on: push\njobs:\n  make:\n    steps: []\n");
  EXPECT_THAT(*lines, Contains("          name: dist-wheels-${{ matrix.runner }}"));
  settings.wheels_job = "all wheels";
  EXPECT_EQ(make_workflows(settings).error().code, Errc::invalid_input);
}

TEST(Workflows, build_no_sdist_where_a_release_has_none) {
  auto settings = good_settings();
  settings.wheels_alone = true;
  EXPECT_THAT(ci_text(settings), HasSubstr("run: python -m build --wheel --no-isolation\n"));
}

TEST(Workflows, run_for_what_is_promoted) {
  auto settings = good_settings();
  settings.other_branches = {"release/*"};
  settings.tags = "v{version}";
  settings.events = {"push", "release", "merge_group"};
  EXPECT_THAT(ci_text(settings),
              AllOf(HasSubstr("branches: [release, \"release/*\"]\n"), HasSubstr("tags: [\"v*\"]\n"),
                    HasSubstr("\n  release:\n    types: [published]\n"), HasSubstr("\n  merge_group:\n")));
}

TEST(Workflows, of_gitea_are_in_its_folder_and_use_no_action_that_refuses_it) {
  auto settings = good_settings();
  settings.forge = "gitea";
  settings.workflow = ".gitea/workflows/ci.yml";
  const auto files = make_workflows(settings);
  ASSERT_TRUE(files.ok());
  EXPECT_EQ(files->at(1).path, ".gitea/workflows/publish-private.yml");
  EXPECT_THAT(files->at(0).text,
              AllOf(Not(HasSubstr("actions/upload-artifact")), HasSubstr("gitea-upload-artifact@"),
                    HasSubstr("gitea-download-artifact@")));
  EXPECT_THAT(files->at(1).text,
              AllOf(HasSubstr("GITEA_TOKEN: ${{ secrets.FORGE_TOKEN }}\n"), HasSubstr("GITEA_API_URL:"),
                    HasSubstr("runs-on: private-index\n"), Not(HasSubstr("GITHUB_TOKEN")),
                    Not(HasSubstr("environment: private-index"))));
}

TEST(Workflows, of_gitlab_are_jobs_that_its_file_includes) {
  auto settings = good_settings();
  settings.forge = "gitlab";
  settings.workflow = ".gitlab-ci.yml";
  settings.build_job = "Build: all";
  const auto files = make_workflows(settings);
  ASSERT_TRUE(files.ok());
  EXPECT_EQ(files->at(0).text, "include:\n  - local: .gitlab/packhouse.yml\n");
  EXPECT_EQ(files->at(1).path, ".gitlab/packhouse.yml");
  EXPECT_THAT(files->at(1).text,
              AllOf(HasSubstr("\n\"Build: all\":\n"), HasSubstr("needs: [\"Build: all\"]\n"),
                    HasSubstr("\n    - ruff check .\n"), HasSubstr("\n    name: files\n"),
                    HasSubstr("- exec packhouse promote --state"), HasSubstr("tags: [private-index]\n"),
                    Not(HasSubstr("github")), Not(ContainsRegex("<[A-Z-]+>")), Not(HasSubstr("\n#if"))));
  EXPECT_THAT(*missing_lines(settings, files->at(0).text), IsEmpty());
  EXPECT_THAT(*missing_lines(settings, "stages: [test]\n"), Contains("  - local: .gitlab/packhouse.yml"));
  settings.packhouse_requirements = "requirements/packhouse.txt";
  settings.folder = "packages/a";
  const auto jobs = make_workflows(settings)->at(1);
  EXPECT_EQ(jobs.path, ".gitlab/packhouse-demo.yml");
  EXPECT_THAT(jobs.text, AllOf(HasSubstr("needs: [packhouse-demo]\n"), HasSubstr("$PROJECT == \"demo\""),
                               HasSubstr("\n    - cd packages/a\n"), Not(HasSubstr("tags:"))));
}

TEST(Workflows, take_a_runner_and_an_environment_of_one_s_own) {
  auto settings = good_settings();
  settings.runs_on = "lab";
  settings.environment = "releases";
  const auto files = make_workflows(settings);
  EXPECT_THAT(files->at(0).text, AllOf(HasSubstr("runs-on: lab\n"), Not(HasSubstr("ubuntu-24.04"))));
  EXPECT_THAT(files->at(1).text, AllOf(HasSubstr("runs-on: lab\n"), HasSubstr("environment: releases\n"),
                                       Not(HasSubstr("group: private-index"))));
  settings.runs_on = "a b";
  EXPECT_EQ(make_workflows(settings).error().code, Errc::invalid_input);
}

TEST(Workflows, install_a_packhouse_that_is_pinned) {
  auto settings = good_settings();
  settings.packhouse_requirements = "requirements/packhouse.txt";
  const auto files = make_workflows(settings);
  ASSERT_TRUE(files.ok());
  EXPECT_THAT(files->at(1).text,
              AllOf(HasSubstr("runs-on: ubuntu-24.04\n"), Not(HasSubstr("group: private-index")),
                    HasSubstr("--require-hashes"), HasSubstr("requirements/packhouse.txt"),
                    HasSubstr("exec \"$RUNNER_TEMP/packhouse/bin/packhouse\" promote --state")));
}

TEST(Workflows, say_which_lines_another_workflow_lacks) {
  auto settings = good_settings();
  EXPECT_THAT(*missing_lines(settings, ci_text(settings)), IsEmpty());
  const auto lines = missing_lines(settings, "on: push\njobs:\n  make:\n    steps: []\n");
  ASSERT_TRUE(lines.ok());
  EXPECT_EQ(lines->front(), "      - id: upload");
  EXPECT_THAT(*lines, Contains("          name: files"));
  settings.attest = true;
  EXPECT_THAT(missing_lines(settings, ci_text(good_settings()))->front(), HasSubstr("id-token: write"));
}

}  // namespace
}  // namespace packhouse::desk
