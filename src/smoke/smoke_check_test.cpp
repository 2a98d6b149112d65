#include "smoke/smoke_check.hpp"

#include <fmt/format.h>
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

std::string word_after(const Command& command, std::string_view option) {
  return *(std::ranges::find(command.arguments, option) + 1);
}

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
        .manifest = dist::Manifest::make(
                        {{wheel_name, wheel.size(), Sha256::of(wheel)}, {sdist_name, 5, Sha256::of("sdist")}})
                        .value(),
        .index = {http::Url::parse("https://index.example/simple/").value(),
                  http::BasicAuth{"desk", Secret{password}}},
        .links =
            [](const auto& filenames) {
              std::vector<client::PageLink> links;
              for (const std::string& filename : filenames) {
                links.push_back(
                    {.file = {.filename = filename, .url = {}, .sha256 = {}},
                     .url = http::Url::parse("https://index.example/simple/" + filename).value()});
              }
              return links;
            },
        .file = [this](const dist::ManifestEntry&) -> Result<Path> {
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
  /// What the sdist says of itself.
  void sdist_needs(std::string_view document) {
    processes.when({"-c"}, [this, answer = std::string(document)](const Command& each) {
      return each.arguments.back().ends_with(".tar.gz") ? exited(0, answer) : pip.describe(each);
    });
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
  std::string sdist_name = "demo-1.0.tar.gz";
  std::string wheel = built();
};

TEST_F(SmokeTest, the_promoted_wheel_installs_and_its_command_runs) {
  EXPECT_THAT(refused(), IsEmpty());
  EXPECT_THAT(shown, HasSubstr("{\"commands\": []}"));
  EXPECT_THAT(log(), HasSubstr("No broken requirements found."));
}

TEST_F(SmokeTest, cuts_pip_off_from_every_configuration) {
  ASSERT_THAT(refused(), IsEmpty());
  const Command& install = command("--no-index");
  const auto words = std::vector(install.arguments.begin() + 1, install.arguments.end());
  EXPECT_THAT(words,
              ElementsAre("-I", "-m", "pip", "--isolated", "--no-input", "--disable-pip-version-check",
                          "install", "--no-cache-dir", "--no-index", "--find-links", HasSubstr("/downloads"),
                          "--only-binary=:all:", "--report", "report.json", "demo==1.0"));
  for (const Command& each : processes.commands()) {
    std::vector<std::string> names;
    for (const auto& [name, value] : each.environment)
      if (name != "VIRTUAL_ENV") names.push_back(name);
    EXPECT_THAT(names, UnorderedElementsAre("HOME", "PATH", "TMPDIR", "LANG", "PIP_CONFIG_FILE"));
    EXPECT_THAT(each.environment, Contains(Pair("PIP_CONFIG_FILE", "/dev/null")));
  }
}

TEST_F(SmokeTest, the_promoted_file_is_downloaded_by_its_hash_alone) {
  ASSERT_THAT(refused(), IsEmpty());
  EXPECT_EQ(pip.requirements, "demo==1.0 --hash=sha256:" + Sha256::of(wheel).hex() + "\n");
  EXPECT_THAT(command("--wheel-dir").arguments, Contains("https://index.example/simple/"));
}

TEST_F(SmokeTest, the_release_is_installed_with_extras_and_further_requirements) {
  policy.extras = {"qcodes", "all"};
  policy.requirements = {"pytest>=8"};
  pip.edit_report = [](const std::string& text) {
    return replace_all(text, R"("metadata":{)", R"("metadata":{"provides_extra":["QCodes","All"],)");
  };
  std::string asked;
  processes.when({"pip", "install", "--dry-run", "-r"}, [&](const Command& each) -> Result<ProcessResult> {
    asked = disk->read(word_after(each, "-r"), 1U << 16U).value();
    std::ofstream(word_after(each, "-r")) << "demo==1.0\n";
    return pip.find(each);
  });
  ASSERT_THAT(refused(), IsEmpty());
  EXPECT_EQ(asked, "demo[qcodes,all]==1.0\npytest>=8\n");
  const auto& words = command("--no-index").arguments;
  EXPECT_THAT(std::vector(words.end() - 2, words.end()), ElementsAre("demo[qcodes,all]==1.0", "pytest>=8"));
}

TEST_F(SmokeTest, an_extra_that_the_release_does_not_have_is_refused) {
  policy.extras = {"qcodes"};
  processes.when({"pip", "install", "--dry-run", "-r"}, [&](const Command& each) -> Result<ProcessResult> {
    std::ofstream(word_after(each, "-r")) << "demo==1.0\n";
    return pip.find(each);
  });
  EXPECT_THAT(refused(), ElementsAre("smoke.extras")) << "pip warns of it and goes on";
}

TEST_F(SmokeTest, nothing_is_downloaded_once_the_release_is_installed) {
  ASSERT_THAT(refused(), IsEmpty());
  bool installed = false;
  for (const Command& each : processes.commands()) {
    installed = installed || std::ranges::find(each.arguments, "--no-index") != each.arguments.end();
    if (installed) EXPECT_THAT(each.environment, Contains(Pair("HOME", ::testing::EndsWith("/home"))));
  }
  EXPECT_TRUE(installed);
}

TEST_F(SmokeTest, the_release_is_isolated_from_its_installation_on) {
  policy.hidden = {"/home/desk/.netrc"};
  ASSERT_THAT(refused(), IsEmpty());
  bool installed = false;
  for (const Command& each : processes.commands()) {
    installed = installed || std::ranges::find(each.arguments, "--no-index") != each.arguments.end();
    if (!installed) continue;
    EXPECT_EQ(each.containment, Containment::namespaces);
    EXPECT_THAT(each.hidden, Contains("/home/desk/.netrc"));
  }
  EXPECT_TRUE(installed);
  EXPECT_THAT(shown, Not(HasSubstr("without namespaces")));
}

TEST_F(SmokeTest, a_kernel_without_namespaces_is_a_warning) {
  processes.namespaces = Error{Errc::unavailable, "Operation not permitted"};
  ASSERT_THAT(refused(), IsEmpty());
  EXPECT_EQ(command("capabilities").containment, Containment::descendants);
  EXPECT_THAT(shown, HasSubstr("without namespaces"));
}

TEST_F(SmokeTest, a_kernel_without_namespaces_is_an_error_where_they_are_required) {
  policy.isolation = Isolation::required;
  processes.namespaces = Error{Errc::unavailable, "Operation not permitted"};
  const auto result = run();
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, Errc::unavailable);
  EXPECT_THAT(result.error().message, HasSubstr("Operation not permitted"));
}

TEST_F(SmokeTest, only_the_pip_that_downloads_is_given_the_proxy_and_the_private_authority) {
  network = {.authorities = "/lab/ca.pem", .proxies = {{"HTTPS_PROXY", "http://u:p@proxy.lab:3128"}}};
  ASSERT_THAT(refused(), IsEmpty());
  for (const Command& each : processes.commands()) {
    const auto has = [&](std::string_view word) {
      return std::ranges::find(each.arguments, word) != each.arguments.end();
    };
    const bool is_pip = has("--dry-run") || has("--wheel-dir");
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
  Path home_of_pip;
  pip.after_install = [&](const Path& /*site*/) {
    for (const auto& [name, value] : command("--dry-run").environment)
      if (name == "HOME") home_of_pip = value;
    EXPECT_FALSE(std::filesystem::exists(home_of_pip));
  };
  EXPECT_THAT(refused(), IsEmpty());
  EXPECT_FALSE(pip.netrc.empty());
  EXPECT_FALSE(home_of_pip.empty());
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

TEST_F(SmokeTest, a_command_may_be_a_program_that_the_wheel_holds) {
  constexpr std::string_view member = "demo-1.0.data/scripts/run";
  constexpr std::string_view place = "../../../bin/run";
  wheel = dist::testing::WheelBuilder("demo", "1.0")
              .add_info("entry_points.txt", "[console_scripts]\nnqctl = demo:main\n")
              .add(std::string(member), "a program")
              .bytes();
  pip.wheels[wheel_name] = wheel;
  pip.after_install = [&](const Path& site) {
    std::filesystem::rename(site / member, site / place);
    const Path record = site / "demo-1.0.dist-info" / "RECORD";
    const auto text = disk->read(record, 1U << 20U).value();
    std::ofstream(record, std::ios::binary) << replace_all(text, member, place);
  };
  policy.commands = {{.words = {"run", "--version"}}};
  processes.when({"run", "--version"}, exited(0));
  EXPECT_THAT(refused(), IsEmpty());
}

TEST_F(SmokeTest, pip_that_cannot_install_is_refused) {
  processes.when({"pip", "install", "--no-index"}, exited(1, "cannot install"));
  EXPECT_THAT(refused(), ElementsAre("smoke.install"));
}

TEST_F(SmokeTest, a_file_of_other_bytes_is_not_downloaded) {
  pip.wheels[wheel_name] = "other bytes";
  EXPECT_THAT(refused(), ElementsAre("smoke.download"));
  EXPECT_THAT(shown, HasSubstr("DO NOT MATCH THE HASHES"));
}

TEST_F(SmokeTest, a_downloaded_file_of_other_bytes_is_refused) {
  processes.when({"pip", "wheel"}, [&](const Command& each) -> Result<ProcessResult> {
    const Path place = word_after(each, "--wheel-dir");
    std::filesystem::create_directories(place);
    auto builder = dist::testing::WheelBuilder("demo", "1.0");
    std::ofstream(place / wheel_name, std::ios::binary) << builder.add("demo/evil.py", "import os\n").bytes();
    return exited(0);
  });
  EXPECT_THAT(refused(), ElementsAre("smoke.bytes"));
}

TEST_F(SmokeTest, files_that_are_changed_while_they_are_installed_are_refused) {
  pip.after_install = [](const Path& site) { std::ofstream(site / "demo" / "__init__.py") << "import os\n"; };
  EXPECT_THAT(refused(), ElementsAre("smoke.installed-bytes"));
}

TEST_F(SmokeTest, dependencies_that_are_missing_or_in_conflict_are_refused) {
  processes.when({"pip", "install", "--dry-run"},
                 exited(1, "No matching distribution found for platformdirs"));
  EXPECT_THAT(refused(), ElementsAre("smoke.resolve"));
}

TEST_F(SmokeTest, a_dependency_that_is_missing_does_not_blame_the_release) {
  processes.when({"pip", "install", "--dry-run"},
                 exited(1, "No matching distribution found for platformdirs"));
  const auto result = run().value();
  EXPECT_EQ(worst_refusal(result.checks), RefusalKind::missing);
  EXPECT_FALSE(result.blames_release());
  EXPECT_THAT(shown, HasSubstr("put what pip names on this index"));
}

TEST_F(SmokeTest, an_environment_that_cannot_be_made_does_not_blame_the_release) {
  processes.when({"venv"}, exited(1, "ensurepip is not available\n"));
  const auto result = run().value();
  EXPECT_FALSE(result.passed());
  EXPECT_FALSE(result.blames_release());
}

TEST_F(SmokeTest, one_python_that_the_release_fails_with_blames_it) {
  policy.pythons = {"python3.11", "/opt/python"};
  processes.when({"/opt/python", "venv"}, exited(1, "ensurepip is not available\n"));
  processes.when({"nqctl", "capabilities"}, exited(1));
  const auto result = run().value();
  EXPECT_THAT(refused_ids(result.checks), ElementsAre("smoke.command", "smoke.venv"));
  EXPECT_TRUE(result.blames_release());
}

TEST_F(SmokeTest, all_that_pip_printed_is_shown_where_it_failed) {
  std::string progress = "the first line\n";
  for (int i = 0; i < 50; ++i)
    progress += fmt::format("Collecting number {}\n", i);
  auto failed = exited(1, progress);
  failed.errors = "ERROR: the very reason\n";
  processes.when({"pip", "install", "--dry-run"}, failed);
  EXPECT_THAT(refused(), ElementsAre("smoke.resolve"));
  EXPECT_THAT(shown, HasSubstr("the first line\n"));
  EXPECT_LT(shown.find("Collecting number 49"), shown.find("ERROR: the very reason"));
  EXPECT_LT(shown.find("ERROR: the very reason"), shown.find("REFUSED  smoke.resolve"));
}

TEST_F(SmokeTest, a_command_that_is_no_script_of_the_release_lists_those_that_are) {
  policy.commands = {{.words = {"other", "x"}}};
  EXPECT_THAT(refused(), ElementsAre("smoke.entry-point"));
  EXPECT_THAT(shown, HasSubstr("no such script; it has \"nqctl\""));
}

TEST_F(SmokeTest, pip_check_must_find_nothing) {
  processes.when({"pip", "check"}, exited(1, "demo 1.0 requires platformdirs, which is not installed.\n"));
  EXPECT_THAT(refused(), ElementsAre("smoke.pip-check"));
}

TEST_F(SmokeTest, without_a_wheel_for_this_machine_the_sdist_is_installed_by_its_hash) {
  wheel_name = "demo-1.0-cp313-cp313-win_amd64.whl";
  pip.wheels.clear();
  sdist_needs(R"({"dependencies":[],"build":[]})");
  processes.when({"pip", "install", "--no-index"}, exited(1, "cannot build"));
  EXPECT_THAT(refused(), ElementsAre("smoke.install"));
  const Command& install = command("--no-index");
  EXPECT_THAT(install.arguments, Contains("--no-binary=demo"));
  EXPECT_THAT(install.arguments, Not(Contains("--only-binary=:all:")));
}

TEST_F(SmokeTest, a_release_without_a_file_for_this_machine_is_refused) {
  wheel_name = "demo-1.0-cp313-cp313-win_amd64.whl";
  sdist_name = "demo-1.0-cp312-cp312-win_amd64.whl";
  EXPECT_THAT(refused(), ElementsAre("smoke.file"));
}

TEST_F(SmokeTest, what_an_sdist_needs_is_downloaded_before_it_is_built) {
  wheel_name = "demo-1.0-cp313-cp313-win_amd64.whl";
  sdist_needs(R"({"dependencies":[],"build":["flit-core >=3.9"]})");
  std::vector<std::string> downloaded;
  processes.when({"pip", "wheel"}, [&](const Command& each) -> Result<ProcessResult> {
    downloaded.push_back(disk->read(word_after(each, "-r"), 1U << 16U).value());
    return exited(0);
  });
  processes.when({"--no-binary=demo"}, [&](const Command& each) -> Result<ProcessResult> {
    EXPECT_THAT(downloaded, Contains(HasSubstr("flit-core>=3.9")));
    EXPECT_TRUE(std::filesystem::exists(Path(word_after(each, "--find-links")) / sdist_name));
    return exited(1, "cannot build");
  });
  EXPECT_THAT(refused(), ElementsAre("smoke.install"));
}

TEST_F(SmokeTest, an_sdist_is_asked_what_its_extras_need) {
  wheel_name = "demo-1.0-cp313-cp313-win_amd64.whl";
  policy.extras = {"qcodes"};
  policy.requirements = {"pytest"};
  std::vector<std::string> asked;
  processes.when({"-c"}, [&](const Command& each) -> Result<ProcessResult> {
    if (each.arguments.back() != "qcodes") return pip.describe(each);
    return exited(0, R"({"dependencies":["qcodes>=0.50"],"build":[]})");
  });
  processes.when({"pip", "install", "--dry-run", "-r"}, [&](const Command& each) -> Result<ProcessResult> {
    asked.push_back(disk->read(word_after(each, "-r"), 1U << 16U).value());
    return exited(1, "ERROR: No matching distribution found for qcodes\n");
  });
  EXPECT_THAT(refused(), ElementsAre("smoke.resolve"));
  EXPECT_THAT(asked, ElementsAre("qcodes>=0.50\npytest\n"));
}

TEST_F(SmokeTest, an_sdist_that_needs_an_address_or_names_an_option_is_refused) {
  wheel_name = "demo-1.0-cp313-cp313-win_amd64.whl";
  for (const std::string_view needed :
       {"evil @ https://evil.example/e.tar.gz", "--index-url=https://evil.example"}) {
    sdist_needs(fmt::format(R"({{"dependencies":["{}"],"build":[]}})", needed));
    EXPECT_THAT(refused(), ElementsAre("smoke.requirements")) << needed;
  }
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
  sdist_needs(R"({"dependencies":[],"build":[]})");
  processes.when({"--no-binary=demo"}, exited(1, "cannot build"));
  EXPECT_THAT(refused(), ElementsAre("smoke.install"));
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
  EXPECT_FALSE(std::filesystem::exists(command("--no-index").folder));
}

TEST(Netrc, quotes_for_python_s_reader) {
  const auto url = http::Url::parse("https://index.example:8443/simple/").value();
  EXPECT_EQ(netrc_text(url, {"__token__", Secret{"a b#c"}}).reveal(),
            "machine index.example login \"__token__\" password \"a b#c\"\n");
}

}  // namespace
}  // namespace packhouse::smoke
