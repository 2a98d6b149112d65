#include "release/smoke.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/text.hpp"
#include "pep/entry_points.hpp"
#include "pep/filename.hpp"
#include "release/forge/github_facts.hpp"
#include "release/installed.hpp"
#include "release/pip_report.hpp"
#include "sys/temporary_folder.hpp"

namespace packhouse::release {
namespace {

constexpr std::string_view see_log =
    "see the log of the smoke check, then stop the rollout (docs/runbook.md, rollback)";
constexpr std::uint64_t max_small_file = 64U << 20U;

// What only the interpreter itself knows. pip's own copy of packaging decides what pip installs.
constexpr std::string_view interpreter_questions = R"(
import json, sys, sysconfig, pip
from pip._vendor.packaging.tags import sys_tags
print(json.dumps({
    "tags": [str(tag) for tag in sys_tags()],
    "purelib": sysconfig.get_path("purelib"),
    "platlib": sysconfig.get_path("platlib"),
    "scripts": sysconfig.get_path("scripts"),
    "prefix": sys.prefix,
    "python": "%d.%d" % sys.version_info[:2],
    "pip": pip.__version__,
}))
)";

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

std::string last_lines(std::string_view text, std::size_t count) {
  text = trim(text);
  std::size_t at = text.size();
  while (count-- > 0 && at != std::string_view::npos && at > 0)
    at = text.rfind('\n', at - 1);
  return std::string(at == std::string_view::npos || at == 0 ? text : text.substr(at + 1));
}

std::string describe(const ProcessResult& result) {
  if (result.timed_out) return "it was stopped at its time limit";
  if (result.signal != 0) return fmt::format("ended by signal {}", result.signal);
  return fmt::format("exit {}", result.exit_code);
}

/// One smoke check, from an empty folder to its last command.
class Smoke {
 public:
  Smoke(const SmokePolicy& policy, const SmokeInput& input, const Path& log, SmokeTools tools, Path folder)
      : policy_(policy),
        input_(input),
        log_path_(log),
        tools_(std::move(tools)),
        folder_(std::move(folder)) {}

  Result<SmokeResult> run();

 private:
  Status prepare();
  Status make_environment();
  Status ask_interpreter();
  Status install_by_hash();
  Status compare_installed(const InstalledItem& item);
  Status install_dependencies();
  Status run_pip_check();
  Status run_commands();
  Status run_command(const std::vector<std::string>& words);

  /// Runs it; what it says goes to the log, unless it is only for us, and to `section`.
  enum class Logged { all, outcome };
  Result<ProcessResult> start(std::string_view title, Command command, Logged logged = Logged::all,
                              Output::Section* section = nullptr);
  Command pip(std::vector<std::string> arguments) const;
  std::vector<std::pair<std::string, std::string>> environment(const Path& home) const;
  bool examine(Checks checks);
  bool finished(std::string_view id, std::string expected, const ProcessResult& result);
  Status write_file(const Path& path, std::string_view text);
  Result<PipReport> read_report(std::string_view name);

  Path venv() const { return folder_ / "venv"; }
  Path pip_home() const { return folder_ / "pip-home"; }
  std::string requirement() const { return input_.project.str() + "==" + input_.version.str(); }
  bool going_on() const { return all_passed(result_.checks); }

  const SmokePolicy& policy_;
  const SmokeInput& input_;
  const Path& log_path_;
  SmokeTools tools_;
  Path folder_;
  std::unique_ptr<WritableFile> log_;
  Interpreter interpreter_;
  std::vector<std::string> scripts_;
  SmokeResult result_;
};

// ----- programs

std::vector<std::pair<std::string, std::string>> Smoke::environment(const Path& home) const {
  return {{"HOME", home.string()},
          {"PATH", tools_.search_path},
          {"TMPDIR", (folder_ / "tmp").string()},
          {"LANG", "C.UTF-8"},
          {"PIP_CONFIG_FILE", "/dev/null"}};
}

Command Smoke::pip(std::vector<std::string> arguments) const {
  Command command;
  command.arguments = {(venv() / "bin" / "python").string(), "-I", "-m", "pip", "--isolated", "--no-input",
                       "--disable-pip-version-check"};
  if (const Path& authorities = tools_.network.authorities; !authorities.empty()) {
    command.arguments.emplace_back("--cert");
    command.arguments.push_back(authorities.string());
  }
  command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
  command.environment = environment(pip_home());
  // Through the environment and not as --proxy: a proxy's address may hold a password.
  command.environment.insert(command.environment.end(), tools_.network.proxies.begin(),
                             tools_.network.proxies.end());
  command.folder = folder_;
  command.timeout = policy_.install_timeout;
  return command;
}

Result<ProcessResult> Smoke::start(std::string_view title, Command command, Logged logged,
                                   Output::Section* section) {
  CHECK_OK(
      log_->write(fmt::format("== {}\n$ {}\n", title, tools_.redactor.redact(join(command.arguments, " ")))));
  RedactingStream redacted(tools_.redactor);
  Status written = success();
  command.on_output = [&](std::string_view chunk) {
    if (written.ok() && logged == Logged::all) written = log_->write(redacted.feed(chunk));
    if (section != nullptr) section->feed(chunk);
  };
  TRY(auto result, tools_.processes.run(command));
  CHECK_OK(written);
  CHECK_OK(log_->write(redacted.finish() + "\n-- " + describe(result) + "\n\n"));
  return result;
}

bool Smoke::examine(Checks checks) {
  tools_.output.checks(checks);
  const bool passed = all_passed(checks);
  result_.checks.insert(result_.checks.end(), checks.begin(), checks.end());
  return passed;
}

bool Smoke::finished(std::string_view id, std::string expected, const ProcessResult& result) {
  std::string found = describe(result);
  if (!result.succeeded()) {
    // Redacted before it is cut and quoted: a part of a secret would not be found any more.
    const std::string end = last_lines(tools_.redactor.redact(result.errors + result.output), 6);
    if (!end.empty()) found += ": " + quote(end, 1000);
  }
  Examination exam;
  exam.on({"smoke-log"})
      .that(id, result.succeeded(), std::move(expected), std::move(found), see_log, Fault::smoke);
  return examine(exam.take());
}

// ----- preparation

Status Smoke::write_file(const Path& path, std::string_view text) {
  TRY(const auto file, tools_.disk.create(path));
  return file->write(text);
}

Status Smoke::prepare() {
  TRY(log_, tools_.disk.append(log_path_));
  for (const Path& folder : {pip_home(), folder_ / "tmp", folder_ / "home"}) {
    CHECK_OK(tools_.disk.make_folders(folder));
  }
  if (!input_.index.auth) return success();
  // argv can be read by every user of the machine, so the credential goes by a file that only we can read.
  return write_file(pip_home() / ".netrc", netrc_text(input_.index.url, *input_.index.auth).reveal());
}

Status Smoke::make_environment() {
  Command command;
  command.arguments = {policy_.python, "-I", "-m", "venv", "--clear", venv().string()};
  command.environment = environment(folder_ / "home");
  command.folder = folder_;
  command.timeout = policy_.install_timeout;
  TRY(const auto result, start("a fresh virtual environment", std::move(command)));
  finished("smoke.venv", "a fresh virtual environment from " + policy_.python, result);
  return success();
}

Status Smoke::ask_interpreter() {
  Command command;
  command.arguments = {(venv() / "bin" / "python").string(), "-I", "-c", std::string(interpreter_questions)};
  command.environment = environment(folder_ / "home");
  command.folder = folder_;
  TRY(const auto result, start("what this interpreter is", std::move(command), Logged::outcome));
  if (!result.succeeded()) {
    finished("smoke.interpreter", "an interpreter with pip", result);
    return success();
  }
  TRY(interpreter_, parse_interpreter(result.output));
  result_.python = interpreter_.python;
  result_.pip = interpreter_.pip;
  return success();
}

// ----- the package itself

Result<PipReport> Smoke::read_report(std::string_view name) {
  TRY(const auto text, tools_.disk.read(folder_ / name, max_small_file));
  return PipReport::parse(text);
}

Status Smoke::install_by_hash() {
  std::vector<const dist::ManifestEntry*> wheels;
  std::vector<const dist::ManifestEntry*> sdists;
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
  const bool from_sdist = wheels.empty();
  std::string lines = input_.stage ? fmt::format("--index-url {}\n", input_.stage->str()) : std::string{};
  lines += requirement();
  for (const auto* entry : from_sdist ? sdists : wheels)
    lines += " --hash=sha256:" + entry->sha256.hex();
  CHECK_OK(write_file(folder_ / "requirements.txt", lines + "\n"));
  const std::string kind = from_sdist ? "--no-binary=" + input_.project.str() : "--only-binary=:all:";
  std::vector<std::string> words{"install", "--no-cache-dir", "--no-deps", kind, "--require-hashes"};
  if (!input_.stage) words.insert(words.end(), {"--index-url", input_.index.url.str()});
  words.insert(words.end(), {"-r", "requirements.txt", "--report", "report.json"});
  auto command = pip(std::move(words));
  TRY(const auto result, start("install the promoted file by its hash", std::move(command)));
  if (!finished("smoke.install", "pip to install " + requirement() + " by the promoted hash", result))
    return success();
  TRY(const auto report, read_report("report.json"));
  const bool fits =
      examine(decide_report(input_.project, input_.version, input_.manifest, input_.hosts, report));
  if (!fits) return success();
  if (from_sdist) {
    tools_.output.warn(
        "no wheel of this release runs on this interpreter: the sdist was installed, and only its "
        "hash could be compared");
    return success();
  }
  return compare_installed(report.items.front());
}

Status Smoke::compare_installed(const InstalledItem& item) {
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
  const auto points = tools_.disk.read(scheme.site / dist_info / "entry_points.txt", max_small_file);
  if (points.ok()) {
    TRY(const auto entry_points, parse_entry_points(*points));
    for (const EntryPoint& point : entry_points)
      if (point.group == "console_scripts" || point.group == "gui_scripts") scripts_.push_back(point.name);
  }
  TRY(const auto expected, expected_files(tools_.disk, wheel, dist_info, scheme));
  TRY(const auto found, read_installed(tools_.disk, expected, dist_info, scheme, scripts_));
  examine(decide_installed(expected, found));
  return success();
}

// ----- what it needs, and what it does

Status Smoke::install_dependencies() {
  auto command = pip({"install", "--no-cache-dir", "--prefer-binary", "--index-url", input_.index.url.str(),
                      requirement(), "--report", "dependencies.json"});
  TRY(const auto result, start("install the dependencies", std::move(command)));
  if (!finished("smoke.install-dependencies", "pip to install every dependency from the same index", result))
    return success();
  TRY(const auto report, read_report("dependencies.json"));
  examine(decide_dependencies(input_.project, report));
  return success();
}

Status Smoke::run_pip_check() {
  TRY(const auto result, start("pip check", pip({"check"})));
  finished("smoke.pip-check", "`pip check` to find nothing missing or in conflict", result);
  return success();
}

Status Smoke::run_command(const std::vector<std::string>& words) {
  const std::string shown = join(words, " ");
  const Path program = interpreter_.scripts / words.front();
  const bool known =
      words.front() == "python" || std::ranges::find(scripts_, words.front()) != scripts_.end();
  Examination exam;
  exam.on({"installed"})
      .that("smoke.entry-point", known && tools_.disk.size(program).ok(),
            words.front() + " as a script that the package installs",
            known ? "installed" : "no such entry point", "correct `commands`, or the package's entry points",
            Fault::smoke);
  if (!examine(exam.take())) return success();
  Command command;
  command.arguments = words;
  command.arguments.front() = program.string();
  command.environment = environment(folder_ / "home");
  command.environment.emplace_back("VIRTUAL_ENV", venv().string());
  command.folder = folder_ / "home";
  command.timeout = policy_.timeout;
  std::optional<Output::Section> section(std::in_place, tools_.output, "  $ " + shown);
  TRY(const auto result, start(shown, std::move(command), Logged::all, &*section));
  section.reset();
  finished("smoke.command", fmt::format("`{}` to end well within {} s", shown, policy_.timeout.count()),
           result);
  return success();
}

Status Smoke::run_commands() {
  for (const auto& words : policy_.commands) {
    CHECK_OK(run_command(words));
    if (!going_on()) return success();
  }
  return success();
}

Result<SmokeResult> Smoke::run() {
  CHECK_OK(prepare());
  result_.log = log_path_;
  using Step = Status (Smoke::*)();
  for (const Step step : {&Smoke::make_environment, &Smoke::ask_interpreter, &Smoke::install_by_hash,
                          &Smoke::install_dependencies, &Smoke::run_pip_check}) {
    CHECK_OK((this->*step)());
    if (!going_on()) break;
  }
  // Before any code of the package runs, what it must not find is gone.
  if (input_.index.auth) {
    CHECK_OK(tools_.disk.remove(pip_home() / ".netrc"));
  }
  if (going_on()) {
    CHECK_OK(run_commands());
  }
  CHECK_OK(log_->sync());
  return std::move(result_);
}

std::string netrc_word(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

}  // namespace

std::set<std::string> serving_hosts(const IndexRelease& served, const IndexAddress& simple) {
  std::set<std::string> hosts{simple.url.host};
  for (const ServedFile& file : served.files) {
    const auto url = http::Url::parse(file.url);
    if (url.ok()) hosts.insert(url->host);
  }
  return hosts;
}

Path smoke_log_path(const Path& release_folder, Timestamp now) {
  return release_folder / "logs" / fmt::format("smoke-{}.log", replace_all(to_iso8601(now), ":", "-"));
}

Secret netrc_text(const http::Url& url, const http::BasicAuth& auth) {
  return Secret{fmt::format("machine {} login {} password {}\n", url.host, netrc_word(auth.user),
                            netrc_word(auth.password.reveal()))};
}

Result<SmokeResult> run_smoke(const SmokePolicy& policy, const SmokeInput& input, const Path& log,
                              SmokeTools tools) {
  TRY(const auto folder, TemporaryFolder::make("packhouse-smoke-"));
  return Smoke(policy, input, log, std::move(tools), folder.path()).run();
}

}  // namespace packhouse::release
