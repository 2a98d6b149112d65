#include "smoke/smoke_check.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "base/text.hpp"
#include "dist/testing/builders.hpp"
#include "smoke/environment_pool.hpp"
#include "smoke/environment_session.hpp"
#include "smoke/testing/fake_pip.hpp"
#include "sys/temporary_folder.hpp"

namespace packhouse::smoke {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

const std::string password = "canary\"pass\\word";

class SmokeTest : public ::testing::Test {
 protected:
  SmokeTest() {
    policy.commands = {{.words = {"nqctl", "capabilities"}}};
    pip.wheels[wheel_name] = wheel;
    processes.when({"nqctl", "capabilities"}, exited(0, "{\"commands\": []}\n"));
    redactor.add_basic("desk", Secret{password});
  }

  static std::string built() {
    auto builder = dist::testing::WheelBuilder("demo", "1.0");
    return builder.add_info("entry_points.txt", "[console_scripts]\nnqctl = demo:main\n").bytes();
  }

  Result<SmokeResult> run() {
    const SmokeInput input{
        .release = ReleaseName::parse("demo", "1.0").value(),
        .manifest = dist::Manifest::make({{wheel_name, wheel.size(), Sha256::of(wheel)},
                                          {"demo-1.0.tar.gz", 5, Sha256::of("sdist")}})
                        .value(),
        .index = {http::Url::parse("https://index.example/simple/").value(),
                  http::BasicAuth{"desk", Secret{password}}},
        .hosts = [](const auto& /*filenames*/) { return std::set<std::string>{"index.example"}; },
        .wheel = [this](const dist::ManifestEntry&) -> Result<Path> {
          const Path path = folder.path() / "promoted.whl";
          std::ofstream(path, std::ios::binary) << wheel;
          return path;
        }};
    const SmokeTools tools{processes, *disk, console, redactor, "/usr/bin", network};
    EnvironmentPool environments(policy, tools);
    return run_smoke(policy, input, folder.path() / "smoke.log", tools, environments);
  }
  std::vector<std::string> refused() {
    const auto result = run();
    EXPECT_TRUE(result.ok()) << result.error().message;
    return result.ok() ? refused_ids(result->checks) : std::vector<std::string>{};
  }
  std::string log() { return disk->read(folder.path() / "smoke.log", 1U << 20U).value(); }
  const Command& command(std::string_view word) const {
    for (const Command& each : processes.commands())
      if (std::ranges::find(each.arguments, word) != each.arguments.end()) return each;
    throw std::runtime_error("no command with " + std::string(word));
  }

  std::unique_ptr<FileSystem> disk = make_posix_file_system();
  TemporaryFolder folder = TemporaryFolder::make().value();
  ManualClock clock{Timestamp(std::chrono::seconds(1'800'000'000))};
  Redactor redactor;
  std::string shown;
  console::Console console{{.text = [this](std::string_view text) { shown += text; }}, redactor, clock};
  ScriptedProcessRunner processes;
  testing::FakePip pip{processes};
  SmokePolicy policy;
  PipNetwork network;
  std::string wheel_name = "demo-1.0-py3-none-any.whl";
  std::string wheel = built();
};

TEST_F(SmokeTest, the_promoted_wheel_installs_and_its_command_runs) {
  EXPECT_THAT(refused(), IsEmpty());
  EXPECT_THAT(shown, HasSubstr("{\"commands\": []}"));
  EXPECT_THAT(log(), HasSubstr("No broken requirements found."));
}

TEST_F(SmokeTest, cuts_pip_off_from_every_configuration) {
  ASSERT_THAT(refused(), IsEmpty());
  const Command& install = command("--require-hashes");
  const auto words = std::vector(install.arguments.begin() + 1, install.arguments.end());
  EXPECT_THAT(words, ElementsAre("-I", "-m", "pip", "--isolated", "--no-input", "--disable-pip-version-check",
                                 "install", "--no-cache-dir", "--no-deps", "--only-binary=:all:",
                                 "--require-hashes", "--index-url", "https://index.example/simple/", "-r",
                                 "requirements.txt", "--report", "report.json"));
  for (const Command& each : processes.commands()) {
    std::vector<std::string> names;
    for (const auto& [name, value] : each.environment)
      if (name != "VIRTUAL_ENV") names.push_back(name);
    EXPECT_THAT(names, UnorderedElementsAre("HOME", "PATH", "TMPDIR", "LANG", "PIP_CONFIG_FILE"));
    EXPECT_THAT(each.environment, Contains(Pair("PIP_CONFIG_FILE", "/dev/null")));
  }
}

TEST_F(SmokeTest, pip_alone_is_told_of_the_proxy_and_of_the_private_authority) {
  network = {.authorities = "/lab/ca.pem", .proxies = {{"HTTPS_PROXY", "http://u:p@proxy.lab:3128"}}};
  ASSERT_THAT(refused(), IsEmpty());
  for (const Command& each : processes.commands()) {
    const bool is_pip = std::ranges::find(each.arguments, "pip") != each.arguments.end();
    const auto proxied = Contains(Pair("HTTPS_PROXY", "http://u:p@proxy.lab:3128"));
    EXPECT_EQ(::testing::Matches(proxied)(each.environment), is_pip);
    EXPECT_EQ(std::ranges::find(each.arguments, "/lab/ca.pem") != each.arguments.end(), is_pip);
    EXPECT_THAT(join(each.arguments, " "), Not(HasSubstr("proxy.lab")));
  }
}

TEST_F(SmokeTest, the_log_tells_how_long_each_program_took) {
  ASSERT_THAT(refused(), IsEmpty());
  EXPECT_THAT(log(), ::testing::ContainsRegex("-- exit 0, after [0-9]+\\.[0-9]{3} s\n"));
}

TEST_F(SmokeTest, an_environment_that_cannot_be_made_is_refused_and_nothing_is_installed) {
  processes.when({"venv"}, exited(1, "ensurepip is not available: apt install python3-venv\n"));
  EXPECT_THAT(refused(), ElementsAre("smoke.venv"));
  EXPECT_THAT(shown, HasSubstr("apt install python3-venv"));
  EXPECT_THAT(log(), HasSubstr("apt install python3-venv"));
}

TEST_F(SmokeTest, the_credential_is_in_no_argument_no_variable_and_no_output) {
  processes.when({"pip", "check"},
                 exited(0, "looking at https://desk:" + percent_encode(password) + "@index.example\n"));
  ASSERT_THAT(refused(), IsEmpty());
  for (const Command& each : processes.commands()) {
    EXPECT_THAT(join(each.arguments, " "), Not(HasSubstr("canary")));
    for (const auto& [name, value] : each.environment)
      EXPECT_THAT(value, Not(HasSubstr("canary")));
  }
  EXPECT_THAT(shown + log(), Not(HasSubstr("canary")));
  EXPECT_EQ(pip.netrc, "machine index.example login \"desk\" password \"canary\\\"pass\\\\word\"\n");
}

TEST_F(SmokeTest, the_credential_is_gone_before_any_code_of_the_package_runs) {
  bool there = true;
  processes.when({"nqctl", "capabilities"}, [&](const Command& each) -> Result<ProcessResult> {
    there = std::filesystem::exists(each.folder.parent_path() / "pip-home" / ".netrc");
    EXPECT_THAT(each.environment, Not(Contains(Pair("HOME", HasSubstr("pip-home")))));
    return exited(0);
  });
  EXPECT_THAT(refused(), IsEmpty());
  EXPECT_FALSE(there);
}

TEST_F(SmokeTest, runs_commands_by_their_absolute_path_with_their_time_limit) {
  policy.timeout = std::chrono::seconds(7);
  ASSERT_THAT(refused(), IsEmpty());
  const Command& run_command = command("capabilities");
  EXPECT_THAT(run_command.arguments.front(), HasSubstr("/venv/bin/nqctl"));
  EXPECT_EQ(run_command.arguments.front().front(), '/');
  EXPECT_EQ(run_command.timeout, std::chrono::seconds(7));
}

TEST_F(SmokeTest, a_command_that_fails_hangs_or_dies_is_refused) {
  processes.when({"nqctl", "capabilities"}, exited(3, "Traceback: no such instrument\n"));
  EXPECT_THAT(refused(), ElementsAre("smoke.command"));
  EXPECT_THAT(shown, HasSubstr("exit 3: \"Traceback: no such instrument\""));
  auto hung = exited(0);
  hung.timed_out = true;
  processes.when({"nqctl", "capabilities"}, hung);
  EXPECT_THAT(refused(), ElementsAre("smoke.command"));
  auto killed = exited(0);
  killed.signal = 11;
  processes.when({"nqctl", "capabilities"}, killed);
  EXPECT_THAT(refused(), ElementsAre("smoke.command"));
}

TEST_F(SmokeTest, a_command_without_entry_point_is_refused_and_not_run) {
  policy.commands = {{.words = {"other", "x"}}};
  EXPECT_THAT(refused(), ElementsAre("smoke.entry-point"));
}

TEST_F(SmokeTest, pip_that_cannot_install_is_refused) {
  pip.wheels[wheel_name] = "other bytes";
  EXPECT_THAT(refused(), ElementsAre("smoke.install"));
  EXPECT_THAT(shown, HasSubstr("DO NOT MATCH THE HASHES"));
}

TEST_F(SmokeTest, a_report_of_other_bytes_is_refused) {
  pip.edit_report = [this](const std::string& report) {
    return replace_all(report, Sha256::of(wheel).hex(), Sha256::of("other").hex());
  };
  EXPECT_THAT(refused(), ElementsAre("smoke.bytes"));
}

TEST_F(SmokeTest, files_that_are_changed_while_they_are_installed_are_refused) {
  pip.after_install = [](const Path& site) { std::ofstream(site / "demo" / "__init__.py") << "import os\n"; };
  EXPECT_THAT(refused(), ElementsAre("smoke.installed-bytes"));
}

TEST_F(SmokeTest, dependencies_that_are_missing_or_in_conflict_are_refused) {
  processes.when({"pip", "install", "--prefer-binary"},
                 exited(1, "No matching distribution found for platformdirs"));
  EXPECT_THAT(refused(), ElementsAre("smoke.install-dependencies"));
}

TEST_F(SmokeTest, pip_check_must_find_nothing) {
  processes.when({"pip", "check"}, exited(1, "demo 1.0 requires platformdirs, which is not installed.\n"));
  EXPECT_THAT(refused(), ElementsAre("smoke.pip-check"));
}

TEST_F(SmokeTest, without_a_wheel_for_this_machine_the_sdist_is_installed_by_its_hash) {
  wheel_name = "demo-1.0-cp313-cp313-win_amd64.whl";
  pip.wheels.clear();
  processes.when({"pip", "install", "--no-deps"}, exited(1, "cannot build"));
  EXPECT_THAT(refused(), ElementsAre("smoke.install"));
  const Command& install = command("--require-hashes");
  EXPECT_THAT(install.arguments, Contains("--no-binary=demo"));
  EXPECT_THAT(install.arguments, Not(Contains("--only-binary=:all:")));
}

TEST_F(SmokeTest, no_python_is_an_error_and_no_smoke_failure) {
  processes.when({"venv"}, [](const Command&) -> Result<ProcessResult> {
    return Error{Errc::not_found, "no program python3"};
  });
  EXPECT_EQ(run().error().code, Errc::not_found);
}

TEST_F(SmokeTest, every_python_is_tried_also_where_an_earlier_one_failed) {
  policy.pythons = {"python3.11", "/opt/python"};
  processes.when({"nqctl", "capabilities"}, exited(1));
  EXPECT_THAT(refused(), ElementsAre("smoke.command", "smoke.command"));
  std::vector<std::string> made;
  for (const Command& each : processes.commands()) {
    if (std::ranges::find(each.arguments, "venv") != each.arguments.end())
      made.push_back(each.arguments.front());
  }
  EXPECT_THAT(made, ElementsAre("python3.11", "/opt/python"));
  EXPECT_THAT(log(), HasSubstr("==== /opt/python, as a user"));
}

TEST_F(SmokeTest, a_python_that_does_not_run_is_named) {
  policy.pythons = {"python3", "python3.99"};
  processes.when({"python3.99"}, [](const Command&) -> Result<ProcessResult> {
    return Error{Errc::not_found, "no program python3.99"};
  });
  const auto found = find_further_pythons(policy, {processes, *disk, console, redactor, "/usr/bin", network});
  EXPECT_THAT(found.error().message,
              HasSubstr("expected \"python3.99\" for the smoke check, found no program python3.99"));
}

TEST_F(SmokeTest, the_sdist_is_tried_once_more_by_its_hash) {
  policy.sdist = true;
  processes.when({"--no-binary=demo"}, exited(1, "cannot build"));
  EXPECT_THAT(refused(), ElementsAre("smoke.install"));
  const Command& install = command("--no-binary=demo");
  EXPECT_THAT(install.arguments, Contains("--require-hashes"));
  EXPECT_THAT(log(), HasSubstr("==== python3, from the sdist"));
}

TEST_F(SmokeTest, a_module_that_does_not_import_is_refused) {
  policy.imports = {"demo.absent"};
  processes.when({"demo.absent"}, exited(1, "ModuleNotFoundError"));
  EXPECT_THAT(refused(), ElementsAre("smoke.import"));
  EXPECT_THAT(command("demo.absent").environment, Not(Contains(Pair("HOME", HasSubstr("pip-home")))));
}

TEST_F(SmokeTest, a_command_that_prints_something_else_is_refused) {
  policy.commands.front().expects = {{.kind = Expectation::Kind::contains, .text = "commands"},
                                     {.kind = Expectation::Kind::json, .text = "$.commands[0]"}};
  EXPECT_THAT(refused(), ElementsAre("smoke.output"));
  EXPECT_THAT(shown, HasSubstr("expected: JSON with something at \"$.commands[0]\""));
}

TEST_F(SmokeTest, every_temporary_file_is_gone_afterwards) {
  ASSERT_THAT(refused(), IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(command("--require-hashes").folder));
}

TEST(Netrc, quotes_for_python_s_reader) {
  const auto url = http::Url::parse("https://index.example:8443/simple/").value();
  EXPECT_EQ(netrc_text(url, {"__token__", Secret{"a b#c"}}).reveal(),
            "machine index.example login \"__token__\" password \"a b#c\"\n");
}

}  // namespace
}  // namespace packhouse::smoke
