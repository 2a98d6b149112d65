#include "smoke/smoke_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <ranges>

#include "base/text.hpp"
#include "pep/entry_points.hpp"
#include "pep/filename.hpp"
#include "smoke/environment_pool.hpp"
#include "smoke/environment_session.hpp"
#include "smoke/installed.hpp"
#include "smoke/pip_report.hpp"

namespace packhouse::smoke {
namespace {

constexpr std::uint64_t max_small_file = 64U << 20U;

struct Interpreter {
  std::vector<std::string> tags;
  Path purelib;
  Path platlib;
  Path scripts;
  Path prefix;
  std::string python;
  std::string pip;
};

Result<Interpreter> parse_interpreter(std::string_view text) {
  TRY(const auto document, json::parse(trim(text), 1U << 20U));
  const json::Object* object = document.if_object();
  if (object == nullptr) return Error{Errc::internal, "expected the interpreter to describe itself"};
  Interpreter interpreter;
  TRY(const auto tags, json::get_array(*object, "tags"));
  for (const json::Value& tag : tags)
    if (tag.is_string()) interpreter.tags.emplace_back(tag.get_string());
  TRY(interpreter.purelib, json::get_string(*object, "purelib"));
  TRY(interpreter.platlib, json::get_string(*object, "platlib"));
  TRY(interpreter.scripts, json::get_string(*object, "scripts"));
  TRY(interpreter.prefix, json::get_string(*object, "prefix"));
  TRY(interpreter.python, json::get_string(*object, "python"));
  TRY(interpreter.pip, json::get_string(*object, "pip"));
  return interpreter;
}

bool runs_on(const WheelFilename& wheel, const Interpreter& interpreter) {
  const auto is_supported = [&](const Tag& tag) {
    return std::ranges::find(interpreter.tags, tag.str()) != interpreter.tags.end();
  };
  return std::ranges::any_of(wheel.tags, is_supported);
}

using Entries = std::vector<const dist::ManifestEntry*>;

std::vector<std::string> names_of(const Entries& entries) {
  std::vector<std::string> names;
  for (const auto* entry : entries)
    names.push_back(entry->filename);
  return names;
}

/// One environment of the matrix.
struct MatrixEntry {
  std::string python;
  bool sdist = false;
};

/// One smoke check, from an empty folder to its last command.
class SmokeRun {
 public:
  SmokeRun(const SmokePolicy& policy, const SmokeInput& input, SmokeTools tools, MatrixEntry round,
           SmokeEnvironment& environment, EnvironmentPool& environments)
      : policy_(policy),
        input_(input),
        tools_(std::move(tools)),
        round_(std::move(round)),
        environment_(environment),
        environments_(environments) {}

  Result<SmokeResult> run();

 private:
  Status look_at_environment();
  Status install_by_hash();
  Status compare_installed(const InstalledItem& item);
  Status install_dependencies();
  Status run_pip_check();
  Status complete() const { return input_.complete ? input_.complete() : success(); }
  void read_scripts(const Path& dist_info);
  void find_scripts();
  Status run_imports();
  Status run_commands();
  Status run_command(const SmokeCommand& each);
  Command of_package(std::vector<std::string> words) const;

  bool examine(Checks checks);
  bool finished(std::string_view id, std::string expected, const ProcessResult& result);
  Result<PipReport> read_report(std::string_view name);

  const Path& folder() const { return environment_.folder(); }
  std::string requirement() const {
    return input_.release.project.str() + "==" + input_.release.version.str();
  }
  bool going_on() const { return all_passed(result_.checks); }

  const SmokePolicy& policy_;
  const SmokeInput& input_;
  SmokeTools tools_;
  MatrixEntry round_;
  SmokeEnvironment& environment_;
  EnvironmentPool& environments_;
  Interpreter interpreter_;
  std::vector<std::string> scripts_;
  SmokeResult result_;
};

bool SmokeRun::examine(Checks checks) {
  tools_.console.checks(checks);
  const bool passed = all_passed(checks);
  result_.checks.insert(result_.checks.end(), checks.begin(), checks.end());
  return passed;
}

bool SmokeRun::finished(std::string_view id, std::string expected, const ProcessResult& result) {
  return examine({decide_finished(id, std::move(expected), result, tools_.redactor)});
}

// ----- preparation

Status SmokeRun::look_at_environment() {
  const VirtualEnvironment& fresh = environment_.fresh();
  if (!finished("smoke.venv", "a fresh virtual environment from " + round_.python, fresh.made))
    return success();
  if (!fresh.described->succeeded()) {
    finished("smoke.interpreter", "an interpreter with pip", *fresh.described);
    return success();
  }
  TRY(interpreter_, parse_interpreter(fresh.described->output));
  result_.python = interpreter_.python;
  result_.pip = interpreter_.pip;
  return success();
}

// ----- the package itself

Result<PipReport> SmokeRun::read_report(std::string_view name) {
  TRY(const auto text, tools_.disk.read(folder() / name, max_small_file));
  return PipReport::parse(text);
}

Status SmokeRun::install_by_hash() {
  Entries wheels;
  Entries sdists;
  for (const auto& entry : input_.manifest.entries()) {
    const auto wheel = WheelFilename::parse(entry.filename);
    if (!wheel.ok()) {
      sdists.push_back(&entry);
    } else if (runs_on(*wheel, interpreter_)) {
      wheels.push_back(&entry);
    }
  }
  // Without a wheel for this machine the sdist is what a user would get; then pip builds it, and only its
  // hash can be compared.
  const bool from_sdist = round_.sdist || wheels.empty();
  const Entries& wanted = from_sdist ? sdists : wheels;
  TRY(const auto hosts, input_.hosts(names_of(wanted)));
  if (from_sdist) CHECK_OK(complete());  // its backend is of the release
  std::string lines = input_.stage ? fmt::format("--index-url {}\n", input_.stage->str()) : std::string{};
  lines += requirement();
  for (const auto* entry : wanted)
    lines += " --hash=sha256:" + entry->sha256.hex();
  CHECK_OK(environment_.write_file(folder() / "requirements.txt", lines + "\n"));
  const std::string kind = from_sdist ? "--no-binary=" + input_.release.project.str() : "--only-binary=:all:";
  std::vector<std::string> words{"install", "--no-cache-dir", "--no-deps", kind, "--require-hashes"};
  if (!input_.stage) words.insert(words.end(), {"--index-url", input_.index.url.str()});
  words.insert(words.end(), {"-r", "requirements.txt", "--report", "report.json"});
  auto command = environment_.pip(std::move(words));
  environments_.begin_next();  // beside pip
  TRY(const auto result, environment_.start("install the promoted file by its hash", std::move(command)));
  if (!finished("smoke.install", "pip to install " + requirement() + " by the promoted hash", result))
    return success();
  TRY(const auto report, read_report("report.json"));
  const bool fits = examine(decide_report(input_.release, input_.manifest, hosts, report));
  if (!fits) return success();
  if (from_sdist) {
    if (!round_.sdist) {
      tools_.console.warn(
          "no wheel of this release runs on this interpreter: the sdist was installed, and only its "
          "hash could be compared");
    }
    find_scripts();
    return success();
  }
  return compare_installed(report.items.front());
}

/// The programs that an installed distribution says it has.
void SmokeRun::read_scripts(const Path& dist_info) {
  const auto text = tools_.disk.read(dist_info / "entry_points.txt", max_small_file);
  const auto points = text.ok() ? parse_entry_points(*text) : Result<std::vector<EntryPoint>>(Error{});
  if (!points.ok()) return;
  for (const EntryPoint& point : *points)
    if (point.group == "console_scripts" || point.group == "gui_scripts") scripts_.push_back(point.name);
}

/// The same where no wheel tells how the backend spelt the project's name.
void SmokeRun::find_scripts() {
  for (const Path& site : {interpreter_.purelib, interpreter_.platlib}) {
    const auto names = tools_.disk.list(site);
    if (!names.ok()) continue;
    for (const std::string& name : *names) {
      const auto project = ProjectName::parse(name.substr(0, name.find('-')));
      if (name.ends_with(".dist-info") && project.ok() && *project == input_.release.project)
        read_scripts(site / name);
    }
    if (interpreter_.purelib == interpreter_.platlib) return;
  }
}

Status SmokeRun::compare_installed(const InstalledItem& item) {
  const std::string filename = item.filename();
  const auto* entry = input_.manifest.find(filename);
  if (entry == nullptr) return Error{Errc::internal, "a file that was compared is not in the manifest"};
  TRY(const auto name, WheelFilename::parse(filename));
  TRY(const auto wheel, input_.wheel(*entry));
  const std::string dist_info = name.raw_name + "-" + name.raw_version + ".dist-info";
  const bool in_purelib = tools_.disk.size(interpreter_.purelib / dist_info / "RECORD").ok();
  const InstallScheme scheme{.site = in_purelib ? interpreter_.purelib : interpreter_.platlib,
                             .scripts = interpreter_.scripts,
                             .prefix = interpreter_.prefix,
                             .headers = interpreter_.prefix / "include" / "site" /
                                        ("python" + interpreter_.python) / item.name.value_or("")};
  read_scripts(scheme.site / dist_info);
  TRY(const auto expected, expected_files(tools_.disk, wheel, dist_info, scheme));
  TRY(const auto found, read_installed(tools_.disk, expected, dist_info, scheme, scripts_));
  examine(decide_installed(expected, found));
  return success();
}

// ----- what it needs, and what it does

// What is installed begins to run here: a .pth file of it with any Python.
Status SmokeRun::install_dependencies() {
  CHECK_OK(complete());
  auto command = environment_.pip({"install", "--no-cache-dir", "--prefer-binary", "--index-url",
                                   input_.index.url.str(), requirement(), "--report", "dependencies.json"});
  TRY(const auto result, environment_.start("install the dependencies", std::move(command)));
  if (!finished("smoke.install-dependencies", "pip to install every dependency from the same index", result))
    return success();
  TRY(const auto report, read_report("dependencies.json"));
  examine(decide_dependencies(input_.release.project, report));
  return success();
}

Status SmokeRun::run_pip_check() {
  TRY(const auto result, environment_.start("pip check", environment_.pip({"check"})));
  finished("smoke.pip-check", "`pip check` to find nothing missing or in conflict", result);
  return success();
}

/// A program that knows nothing of the index, in a home of its own.
Command SmokeRun::of_package(std::vector<std::string> words) const {
  Command command = environment_.program(std::move(words));
  command.environment.emplace_back("VIRTUAL_ENV", environment_.venv().string());
  command.folder = environment_.home();
  command.timeout = policy_.timeout;
  return command;
}

Status SmokeRun::run_imports() {
  constexpr std::string_view import = "import importlib, sys; importlib.import_module(sys.argv[1])";
  for (const std::string& module : policy_.imports) {
    auto command = of_package({environment_.python().string(), "-I", "-c", std::string(import), module});
    TRY(const auto result, environment_.start("import " + module, std::move(command)));
    if (!finished("smoke.import", fmt::format("`import {}` to end well", module), result)) return success();
  }
  return success();
}

Status SmokeRun::run_command(const SmokeCommand& each) {
  const std::string shown = join(each.words, " ");
  const std::string& name = each.words.front();
  const Path program = interpreter_.scripts / name;
  const bool known = name == "python" || std::ranges::find(scripts_, name) != scripts_.end();
  CheckBuilder exam;
  exam.on({"smoke-log"})
      .require("smoke.entry-point", known && tools_.disk.size(program).ok(),
               name + " as a script that the package installs", known ? "installed" : "no such entry point",
               "correct `commands`, or the package's entry points", RefusalKind::smoke);
  if (!examine(exam.take())) return success();
  auto command = of_package(each.words);
  command.arguments.front() = program.string();
  std::optional<console::Console::Section> section(std::in_place, tools_.console, "  $ " + shown);
  TRY(const auto result, environment_.start(shown, std::move(command), &*section));
  section.reset();
  const auto expected = fmt::format("`{}` to end well within {} s", shown, policy_.timeout.count());
  if (!finished("smoke.command", expected, result)) return success();
  const std::string output = tools_.redactor.redact(result.output);
  Checks checks;
  for (const Expectation& expectation : each.expects) {
    CheckBuilder printed;
    printed.on({"smoke-log"})
        .require("smoke.output", is_met(expectation, result.output), describe(expectation),
                 output.empty() ? "nothing" : quote(output, 300), see_smoke_log, RefusalKind::smoke);
    checks.push_back(printed.take().front());
  }
  if (!checks.empty()) examine(std::move(checks));
  return success();
}

Status SmokeRun::run_commands() {
  for (const SmokeCommand& each : policy_.commands) {
    CHECK_OK(run_command(each));
    if (!going_on()) return success();
  }
  return success();
}

Result<SmokeResult> SmokeRun::run() {
  using Step = Status (SmokeRun::*)();
  for (const Step step : {&SmokeRun::look_at_environment, &SmokeRun::install_by_hash,
                          &SmokeRun::install_dependencies, &SmokeRun::run_pip_check}) {
    CHECK_OK((this->*step)());
    if (!going_on()) break;
  }
  CHECK_OK(environment_.forget_credential());
  if (going_on()) {
    CHECK_OK(run_imports());
  }
  if (going_on()) {
    CHECK_OK(run_commands());
  }
  CHECK_OK(environment_.sync_log());
  return std::move(result_);
}

}  // namespace

std::set<std::string> serving_hosts(const std::vector<client::PageLink>& links,
                                    const client::IndexAddress& simple) {
  std::set<std::string> hosts{simple.url.host};
  for (const client::PageLink& link : links)
    hosts.insert(link.url.host);
  return hosts;
}

Path smoke_log_path(const Path& release_folder, Timestamp now, std::string_view what) {
  return release_folder / "logs" / fmt::format("{}-{}.log", what, replace_all(to_iso8601(now), ":", "-"));
}

namespace {

// Debian has ensurepip in a package of its own, and venv all the same.
constexpr std::string_view has_venv = R"(
import sys
from importlib.util import find_spec
sys.exit(not (find_spec("venv") and find_spec("ensurepip")))
)";

}  // namespace

Status find_further_pythons(const SmokePolicy& policy, const SmokeTools& tools) {
  for (const std::string& python : policy.pythons | std::views::drop(1)) {
    TRY(const auto fault, why_not(tools, {python, "-I", "-S", "-c", std::string(has_venv)}));
    if (fault) return unusable(python, *fault);
  }
  return success();
}

namespace {

std::vector<MatrixEntry> rounds_of(const SmokePolicy& policy) {
  std::vector<MatrixEntry> rounds;
  for (const std::string& python : policy.pythons)
    rounds.push_back({.python = python});
  if (policy.sdist) rounds.push_back({.python = policy.pythons.front(), .sdist = true});
  return rounds;
}

}  // namespace

void expect_smoke(const SmokePolicy& policy, EnvironmentPool& environments) {
  for (const MatrixEntry& round : rounds_of(policy))
    environments.expect(round.python);
}

Result<SmokeResult> run_smoke(const SmokePolicy& policy, const SmokeInput& input, const Path& log,
                              const SmokeTools& tools, EnvironmentPool& environments) {
  tools.console.line("  log: " + log.string());
  SmokeResult all{.checks = {}, .python = {}, .pip = {}, .log = log};
  const auto rounds = rounds_of(policy);
  for (const MatrixEntry& round : rounds) {
    const std::string what =
        fmt::format("{}, {}", round.python, round.sdist ? "from the sdist" : "as a user");
    if (rounds.size() > 1) tools.console.line("  with " + what);
    TRY(auto fresh, environments.take(round.python));
    TRY(auto environment, SmokeEnvironment::open(policy, input.index, log, tools, std::move(fresh), what));
    TRY(auto result, SmokeRun(policy, input, tools, round, environment, environments).run());
    environments.discard(std::move(environment).take_folder());
    std::ranges::move(result.checks, std::back_inserter(all.checks));
    if (round.sdist) continue;
    all.python += (all.python.empty() ? "" : ", ") + result.python;
    all.pip += (all.pip.empty() ? "" : ", ") + result.pip;
  }
  return all;
}

}  // namespace packhouse::smoke
