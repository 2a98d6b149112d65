#include "config/desk_configuration.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <map>

#include "sys/testing/memory_file_system.hpp"

namespace packhouse::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Variables = std::map<std::string, std::string>;

Environment of(const Variables& variables) {
  return [variables](const char* name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end() || found->second.empty()) return std::nullopt;
    return found->second;
  };
}

const std::string good = R"([project]
name = "demo"

[tool.packhouse]
project = "Nanonis_QCodes.Controller"
repository = "example-lab/nanonis-qcodes-controller"
repository-id = 701200331
workflow = ".github/workflows/build.yml"
branch = "stable"
artifact = "wheels"
build-job = "package"

[tool.packhouse.smoke]
pythons = ["3.12", "/opt/python", "pypy3"]
extras = ["QCodes"]
requirements = ["pytest >= 8"]
imports = ["demo", "demo.cli"]
sdist = true
commands = [["nqctl", "capabilities"], ["nqctl", "--version"],
            { run = ["nqctl"], contains = "ok", json = "$.a", equals = 7 }]
timeout-seconds = 30

[tool.packhouse.verify]
commands = [["./tools/check", "--all"]]
timeout-seconds = 40

[tool.packhouse.attestations]
mode = "require"
trusted-root = "root.jsonl"

[tool.packhouse.forge]
max-wait-seconds = 60

[tool.packhouse.index]
wait-seconds = 10

[tool.packhouse.network]
ca-file = "lab-ca.pem"

[tool.packhouse.rollback]
withdraw = "yank"
)";

Result<DeskConfiguration> parse(std::string_view text, const Variables& variables = {}) {
  return parse_desk_configuration(text, "pyproject.toml", of(variables));
}
Error refusal(std::string_view line, const Variables& variables = {}) {
  const auto parsed = parse(
      "[tool.packhouse]\nproject = \"demo\"\nrepository = \"lab/demo\"\n" + std::string(line), variables);
  if (parsed.ok()) {
    ADD_FAILURE() << "accepted: " << line;
    return {};
  }
  return parsed.error();
}

const std::string ada = "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=";
const std::string grace = "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

TEST(DeskConfiguration, reads_who_approves) {
  const auto configuration =
      parse(
          "[tool.packhouse]\nproject = \"demo\"\nrepository = \"lab/demo\"\n[tool.packhouse.approvals]\n"
          "required = 2\nmax-hours = 4\n[tool.packhouse.approvals.owners]\nada = \"" +
          ada + "\"\ngrace = \"" + grace + "\"\n")
          .value();
  EXPECT_EQ(configuration.policy.approvals.required, 2);
  EXPECT_EQ(configuration.policy.approvals.max_validity, std::chrono::hours(4));
  EXPECT_EQ(configuration.policy.approvals.owners.at("grace"), grace);
  EXPECT_EQ(parse(good).value().policy.approvals.required, 0);
}

TEST(DeskConfiguration, refuses_approvals_that_nobody_can_give) {
  const std::string table = "[tool.packhouse.approvals]\nrequired = 2\n[tool.packhouse.approvals.owners]\n";
  const std::string one = "ada = \"" + ada + "\"\n";
  EXPECT_EQ(refusal(table + one).message,
            "pyproject.toml: expected at least 2 owners in [approvals.owners], found 1");
  EXPECT_EQ(refusal(table + one + "grace = \"" + ada + "\"\n").message,
            "pyproject.toml: [approvals.owners] \"grace\": expected a different key for each owner, found "
            "that of \"ada\"");
  EXPECT_EQ(refusal(table + one + "Ada = \"" + grace + "\"\n").code, Errc::invalid_input);
  EXPECT_EQ(refusal(table + "ada = \"ssh-ed25519 AAAA\"\n").message,
            "pyproject.toml: [approvals.owners] \"ada\": expected the public line of an Ed25519 key, found "
            "\"ssh-ed25519 AAAA\"");
}

TEST(DeskConfiguration, a_bad_release_is_blocked_unless_told_otherwise) {
  const auto configuration = parse("[tool.packhouse]\nproject = \"demo\"\nrepository = \"lab/demo\"\n");
  EXPECT_EQ(configuration.value().withdrawal, client::Withdrawal::block);
  EXPECT_EQ(refusal("[tool.packhouse.rollback]\nwithdraw = \"delete\"").message,
            "pyproject.toml:5:12: unknown way to withdraw \"delete\"");
}

const std::string head = "project = \"demo\"\nrepository = \"lab/demo\"\n";

Result<DeskConfiguration> parse_runs(const std::string& text) {
  return parse_desk_configuration(head + text, "packhouse.toml", of({}));
}

TEST(DeskConfiguration, several_artifacts_have_one_job_or_each_its_own) {
  const auto each =
      parse_runs("artifact = [\"dist-sdist\", \"dist-wheels-*\"]\nbuild-job = [\"sdist\", \"wheels (*)\"]\n")
          .value();
  ASSERT_EQ(each.policy.artifacts.size(), 2U);
  EXPECT_EQ(each.policy.artifacts[1].name.str(), "dist-wheels-*");
  EXPECT_EQ(each.policy.artifacts[1].job.str(), "wheels (*)");
  const auto one = parse_runs("artifact = [\"a\", \"b\"]\nbuild-job = \"make\"\n").value();
  EXPECT_EQ(one.policy.artifacts[1].job.str(), "make");
  EXPECT_EQ(parse_runs("artifact = [\"a\", \"b\"]\n").value().policy.artifacts[1].job.str(), "build");
  EXPECT_EQ(
      parse_runs("artifact = [\"a\", \"b\", \"c\"]\nbuild-job = [\"x\", \"y\"]\n").error().message,
      "packhouse.toml: in \"build-job\": expected one job, or one for each of the 3 artifacts, found 2");
  for (const auto* text : {"artifact = []", "artifact = \"*-*\"", "artifact = 3", "artifact = [\"\"]",
                           "build-job = \"build-{attempt}\""})
    EXPECT_EQ(parse_runs(text).error().code, Errc::invalid_input) << text;
}

TEST(DeskConfiguration, a_release_without_an_sdist_is_not_tried_from_one) {
  const std::string wheels_alone = "[policy]\n\"artifact.has-sdist\" = \"off\"\n";
  EXPECT_TRUE(parse_runs(wheels_alone).ok());
  EXPECT_EQ(parse_runs(wheels_alone + "[smoke]\nsdist = true\n").error().code, Errc::invalid_input);
}

TEST(DeskConfiguration, branches_tags_and_events_are_widened_one_by_one) {
  const auto wide = parse_runs(
                        "branch = [\"main\", \"release/*\"]\ntags = \"v{version}\"\n"
                        "events = [\"push\", \"release\", \"merge_group\"]\nlocal-versions = true\n"
                        "sidecars = [\"*.publish.attestation\"]\n")
                        .value();
  EXPECT_EQ(wide.policy.branch, "main");
  ASSERT_EQ(wide.policy.other_branches.size(), 1U);
  EXPECT_EQ(wide.policy.tags, "v{version}");
  EXPECT_THAT(wide.policy.events, ElementsAre("push", "release", "merge_group"));
  EXPECT_EQ(wide.policy.local_versions, source::LocalVersions::allowed);
  EXPECT_THAT(wide.policy.sidecars, ElementsAre(".publish.attestation"));
  for (const auto* text : {"branch = [\"release/*\"]", "branch = [\"main\", \"*\"]", "tags = \"v1\"",
                           "tags = [\"v{version}\"]", "events = [\"pull_request\"]", "events = [\"release\"]",
                           "local-versions = \"yes\"", "sidecars = [\"*.whl\"]", "sidecars = [\"notes.txt\"]",
                           "events = [\"push\", \"merge_group\"]\n[forge]\nkind = \"gitlab\""})
    EXPECT_EQ(parse_runs(text).error().code, Errc::invalid_input) << text;
}

TEST(DeskConfiguration, reads_every_key) {
  const auto configuration = parse(good).value();
  EXPECT_EQ(configuration.withdrawal, client::Withdrawal::yank);
  EXPECT_EQ(configuration.policy.project.str(), "nanonis-qcodes-controller");
  EXPECT_EQ(configuration.policy.repository, "example-lab/nanonis-qcodes-controller");
  EXPECT_EQ(configuration.policy.repository_id, 701200331);
  EXPECT_EQ(configuration.policy.workflow, ".github/workflows/build.yml");
  EXPECT_EQ(configuration.policy.branch, "stable");
  ASSERT_EQ(configuration.policy.artifacts.size(), 1U);
  EXPECT_EQ(configuration.policy.artifacts.front().name.str(), "wheels");
  EXPECT_EQ(configuration.policy.artifacts.front().job.str(), "package");
  EXPECT_EQ(configuration.smoke.commands.size(), 3U);
  EXPECT_THAT(configuration.smoke.extras, ElementsAre("qcodes"));
  EXPECT_THAT(configuration.smoke.requirements, ElementsAre("pytest>=8"));
  EXPECT_THAT(configuration.smoke.pythons, ElementsAre("python3.12", "/opt/python", "pypy3"));
  EXPECT_THAT(configuration.smoke.imports, ElementsAre("demo", "demo.cli"));
  EXPECT_TRUE(configuration.smoke.sdist);
  const auto& expects = configuration.smoke.commands.at(2).expects;
  ASSERT_EQ(expects.size(), 2U);
  EXPECT_EQ(expects.at(0).text, "ok");
  EXPECT_EQ(expects.at(1).equals, json::Value(7));
  EXPECT_THAT(configuration.smoke.commands.at(1).words, ElementsAre("nqctl", "--version"));
  EXPECT_EQ(configuration.smoke.timeout, std::chrono::seconds(30));
  EXPECT_THAT(configuration.checklist.commands, ElementsAre(ElementsAre("./tools/check", "--all")));
  EXPECT_EQ(configuration.checklist.timeout, std::chrono::seconds(40));
  EXPECT_EQ(configuration.policy.attestations.mode, source::AttestationPolicy::Mode::require);
  EXPECT_EQ(configuration.policy.attestations.trusted_root, "root.jsonl");
  EXPECT_EQ(configuration.forge_wait, std::chrono::seconds(60));
  EXPECT_EQ(configuration.index_wait, std::chrono::seconds(10));
  EXPECT_EQ(configuration.ca_file, "lab-ca.pem");
}

TEST(DeskConfiguration, the_same_keys_stand_at_the_top_of_a_packhouse_toml) {
  const auto configuration =
      parse_desk_configuration("project = \"demo\"\nrepository = \"lab/demo\"\n", "packhouse.toml", of({}))
          .value();
  EXPECT_EQ(configuration.policy.project.str(), "demo");
  EXPECT_EQ(configuration.policy.workflow, ".github/workflows/ci.yml");
  EXPECT_EQ(configuration.policy.branch, "main");
}

TEST(DeskConfiguration, a_project_on_gitlab_has_groups_and_one_workflow) {
  const auto configuration =
      parse_desk_configuration("project = \"demo\"\n[forge]\nkind = \"gitlab\"\n", "packhouse.toml",
                               of({{"CI_PROJECT_PATH", "lab/tools/demo"}, {"CI_PROJECT_ID", "42"}}))
          .value();
  EXPECT_EQ(configuration.forge->name, "gitlab");
  EXPECT_EQ(configuration.policy.repository, "lab/tools/demo");
  EXPECT_EQ(configuration.policy.repository_id, 42);
  EXPECT_EQ(configuration.policy.workflow, ".gitlab-ci.yml");
}

TEST(DeskConfiguration, on_gitea_a_workflow_is_in_the_folder_of_gitea_or_of_github) {
  const auto configuration_with = [](std::string_view workflow) {
    return parse_desk_configuration(
        fmt::format("project = \"demo\"\n{}[forge]\nkind = \"gitea\"\n", workflow), "packhouse.toml",
        of({{"GITHUB_REPOSITORY", "lab/demo"}}));
  };
  const auto usual = configuration_with("").value();
  EXPECT_EQ(usual.forge->name, "gitea");
  EXPECT_EQ(usual.policy.repository, "lab/demo");
  EXPECT_EQ(usual.policy.workflow, ".gitea/workflows/ci.yml");
  EXPECT_EQ(configuration_with("workflow = \".github/workflows/ci.yml\"\n").value().policy.workflow,
            ".github/workflows/ci.yml");
  EXPECT_EQ(configuration_with("workflow = \"ci.yml\"\n").error().message,
            "expected a workflow as .gitea/workflows/NAME.yml, found \"ci.yml\"");
}

TEST(DeskConfiguration, an_unknown_key_is_refused_with_its_line_and_a_suggestion) {
  const auto error = refusal("artefact = \"dist\"\n");
  EXPECT_EQ(error.code, Errc::invalid_input);
  EXPECT_THAT(error.message, HasSubstr("pyproject.toml:4:1: unknown key \"artefact\""));
  EXPECT_EQ(error.hint, "did you mean \"artifact\"?");
  EXPECT_THAT(refusal("[tool.packhouse.smoke]\ntimeout = 3\n").message,
              HasSubstr(":5:1: unknown key \"timeout\""));
}

TEST(DeskConfiguration, refuses_values_of_another_type_or_kind) {
  for (const auto* line :
       {"workflow = 7", "workflow = \"ci.yml\"", "workflow = \".github/workflows/../x.yml\"", "branch = \"\"",
        "repository-id = \"7\"", "repository-id = -1", "[tool.packhouse.smoke]\ncommands = [\"nqctl\"]",
        "[tool.packhouse.smoke]\ncommands = [[]]", "[tool.packhouse.verify]\ncommands = [[\"\"]]",
        "[tool.packhouse.smoke]\ncommands = [[\"/bin/sh\", \"-c\", \"x\"]]",
        "[tool.packhouse.smoke]\ncommands = [[\"..\"]]", "[tool.packhouse.smoke]\ntimeout-seconds = 0",
        "[tool.packhouse.attestations]\nmode = \"maybe\"", "[tool.packhouse.forge]\nkind = \"svn\"",
        "[tool.packhouse.attestations]\nmode = \"require\"", "[tool.packhouse.forge]\nmax-archive-mb = 70000",
        "[tool.packhouse.policy]\n\"no.such.check\" = \"off\"", "= broken"}) {
    EXPECT_EQ(refusal(line).code, Errc::invalid_input) << line;
  }
}

TEST(DeskConfiguration, a_project_is_needed_and_a_repository_from_somewhere) {
  EXPECT_THAT(parse("[tool.packhouse]\nrepository = \"lab/demo\"\n").error().message,
              HasSubstr("\"project\""));
  const std::string bare = "[tool.packhouse]\nproject = \"demo\"\n";
  EXPECT_THAT(parse(bare).error().message, HasSubstr("$GITHUB_REPOSITORY"));
  const auto ambient =
      parse(bare, {{"GITHUB_REPOSITORY", "lab/demo"}, {"GITHUB_REPOSITORY_ID", "7"}}).value();
  EXPECT_EQ(ambient.policy.repository, "lab/demo");
  EXPECT_EQ(ambient.policy.repository_id, 7);
  EXPECT_FALSE(parse(bare, {{"GITHUB_REPOSITORY", "lab/demo"}, {"GITHUB_REPOSITORY_ID", "x"}}).ok());
  EXPECT_FALSE(parse(bare, {{"GITHUB_REPOSITORY", "../x"}}).ok());
}

TEST(DeskConfiguration, two_sources_that_differ_are_an_error) {
  EXPECT_THAT(refusal("", {{"GITHUB_REPOSITORY", "fork/demo"}}).message,
              HasSubstr("expected one repository"));
  EXPECT_THAT(refusal("repository-id = 7\n", {{"GITHUB_REPOSITORY_ID", "8"}}).message,
              HasSubstr("expected one repository-id"));
}

TEST(DeskConfiguration, credentials_and_history_in_a_release_are_refused_unless_the_policy_says_otherwise) {
  const auto strict = parse(good).value();
  EXPECT_EQ(strict.files.severity("content.secret"), dist::Severity::refuse);
  EXPECT_EQ(strict.files.severity("content.leftover"), dist::Severity::refuse);
  const auto lenient = parse(good + "\n[tool.packhouse.policy]\n\"content.secret\" = \"warn\"\n").value();
  EXPECT_EQ(lenient.files.severity("content.secret"), dist::Severity::warn);
}

class DeskFiles : public ::testing::Test {
 protected:
  void write(const Path& path, std::string_view text) {
    ASSERT_TRUE(disk.make_folders(path.parent_path()).ok());
    ASSERT_TRUE(disk.create(path).value()->write(text).ok());
  }
  Result<DeskConfiguration> read(const std::optional<Path>& given = {}) {
    return read_desk_configuration(disk, given, "/project", of({}));
  }
  MemoryFileSystem disk;
};

TEST_F(DeskFiles, finds_the_one_that_is_there) {
  write("/project/pyproject.toml", good);
  EXPECT_EQ(read().value().policy.branch, "stable");
}

TEST_F(DeskFiles, passes_over_a_pyproject_without_our_table) {
  write("/project/pyproject.toml", "[project]\nname = \"demo\"\n");
  write("/project/packhouse.toml", "project = \"demo\"\nrepository = \"lab/demo\"\n");
  EXPECT_EQ(read().value().policy.project.str(), "demo");
}

TEST_F(DeskFiles, two_configurations_are_an_error_and_one_that_is_named_is_none) {
  write("/project/pyproject.toml", good);
  write("/project/packhouse.toml", "project = \"demo\"\nrepository = \"lab/demo\"\n");
  EXPECT_THAT(read().error().message, HasSubstr("expected one configuration"));
  EXPECT_EQ(read("/project/packhouse.toml").value().policy.project.str(), "demo");
}

TEST_F(DeskFiles, none_at_all_says_what_to_do) {
  EXPECT_THAT(read().error().hint, HasSubstr("--config"));
}

}  // namespace
}  // namespace packhouse::app
