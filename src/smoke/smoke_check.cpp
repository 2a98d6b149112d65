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
#include "smoke/interpreter.hpp"
#include "smoke/pip_report.hpp"
#include "smoke/release_download.hpp"
#include "sys/hash_file.hpp"

namespace packhouse::smoke {
namespace {

constexpr std::uint64_t max_small_file = 64U << 20U;

using Entries = std::vector<const dist::ManifestEntry*>;

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
  void choose_files();
  Status download();
  Status install();
  Status prove(const InstalledItem& got);
  InstalledItem offered_sdist() const;
  void hash_downloads();
  Status compare_installed(const InstalledItem& item);
  Status run_pip_check();
  Status complete() const { return input_.complete ? input_.complete() : success(); }
  void read_scripts(const Path& dist_info);
  void read_programs(const Path& dist_info);
  void find_scripts();
  Status run_imports();
  Status run_commands();
  Status run_command(const SmokeCommand& each);
  Command of_package(std::vector<std::string> words) const;

  bool examine(Checks checks);
  bool finished(std::string_view id, std::string expected, const ProcessResult& result,
                const Cause& cause = {});
  Result<PipReport> read_report(std::string_view name);

  const Path& folder() const { return environment_.folder(); }
  std::string requirement() const { return requirement_of(input_.release, policy_.extras); }
  bool going_on() const { return all_passed(result_.checks); }

  const SmokePolicy& policy_;
  const SmokeInput& input_;
  SmokeTools tools_;
  MatrixEntry round_;
  SmokeEnvironment& environment_;
  EnvironmentPool& environments_;
  Interpreter interpreter_;
  Entries wanted_;
  bool from_sdist_ = false;
  std::vector<client::PageLink> links_;
  PipReport resolved_;  ///< of the release, and where it came from
  std::vector<std::string> scripts_;
  SmokeResult result_;
};

bool SmokeRun::examine(Checks checks) {
  tools_.console.checks(checks);
  const bool passed = all_passed(checks);
  result_.checks.insert(result_.checks.end(), checks.begin(), checks.end());
  return passed;
}

bool SmokeRun::finished(std::string_view id, std::string expected, const ProcessResult& result,
                        const Cause& cause) {
  if (!result.succeeded()) show_output(tools_, result);
  return examine({decide_finished(id, std::move(expected), result, tools_.redactor, cause)});
}

// ----- preparation

Status SmokeRun::look_at_environment() {
  const VirtualEnvironment& fresh = environment_.fresh();
  if (!finished("smoke.venv", "a fresh virtual environment from " + round_.python, fresh.made,
                no_environment))
    return success();
  if (!fresh.described->succeeded()) {
    finished("smoke.interpreter", "an interpreter with pip", *fresh.described, no_environment);
    return success();
  }
  TRY(interpreter_, Interpreter::parse(fresh.described->output));
  result_.python = interpreter_.python;
  result_.pip = interpreter_.pip;
  return success();
}

// ----- while pip may read the index

std::vector<std::string> names_of(const Entries& entries) {
  std::vector<std::string> names;
  for (const auto* entry : entries)
    names.push_back(entry->filename);
  return names;
}

std::string list_files(const dist::Manifest& manifest) {
  std::vector<std::string> names;
  for (const auto& entry : manifest.entries())
    names.push_back(entry.filename);
  return "none among " + list_names(names, "no file");
}

/// Those of the items that are of this project.
std::vector<InstalledItem> items_of(const ProjectName& project, const PipReport& report) {
  std::vector<InstalledItem> items;
  std::ranges::copy_if(report.items, std::back_inserter(items),
                       [&](const InstalledItem& item) { return is_project(project, item.name); });
  return items;
}

/// Without a wheel for this machine the sdist is what a user would get; then pip builds it, and only its hash
/// can be compared.
void SmokeRun::choose_files() {
  Entries sdists;
  for (const auto& entry : input_.manifest.entries()) {
    const auto wheel = WheelFilename::parse(entry.filename);
    if (!wheel.ok()) {
      sdists.push_back(&entry);
    } else if (interpreter_.runs(*wheel)) {
      wanted_.push_back(&entry);
    }
  }
  from_sdist_ = round_.sdist || wanted_.empty();
  if (from_sdist_) wanted_ = std::move(sdists);
  CheckBuilder exam;
  exam.on({"manifest"})
      .require("smoke.file", !wanted_.empty(), "a file of the release for this interpreter",
               wanted_.empty() ? list_files(input_.manifest) : wanted_.front()->filename,
               "release a wheel for it, or an sdist", RefusalKind::smoke);
  examine(exam.take());
}

/// What the index's page says of the sdist, as pip would report it.
InstalledItem SmokeRun::offered_sdist() const {
  InstalledItem item;
  item.name = Error{Errc::not_found, "not there"};
  item.version = item.url = item.sha256 = item.name;
  const auto link = std::ranges::find(links_, wanted_.front()->filename,
                                      [](const client::PageLink& each) { return each.file.filename; });
  if (link == links_.end()) return item;
  item.url = link->url.str();
  item.direct = false;
  item.yanked = link->file.yanked;
  return item;
}

Status SmokeRun::download() {
  choose_files();
  if (!going_on()) return success();
  TRY(links_, input_.links(names_of(wanted_)));
  environments_.begin_next();  // beside pip
  ReleaseDownload download(policy_, input_, tools_, environment_,
                           [this](Checks checks) { return examine(std::move(checks)); });
  if (from_sdist_) {
    TRY(const bool there, download.fetch_for_sdist(*wanted_.front()));
    if (there) resolved_ = {.version = std::string("1"), .items = {offered_sdist()}};
  } else {
    TRY(const auto report, download.fetch_wheel(wanted_));
    if (report) resolved_ = {.version = report->version, .items = items_of(input_.release.project, *report)};
  }
  hash_downloads();
  return success();
}

/// What pip will install, in place of what it says: of a local file pip 23.0 reports no digest.
void SmokeRun::hash_downloads() {
  for (InstalledItem& item : resolved_.items) {
    auto hashed = hash_file(tools_.disk, ReleaseDownload::folder(environment_) / item.filename());
    if (hashed.ok()) {
      item.sha256 = hashed->sha256.hex();
    } else {
      item.sha256 = std::move(hashed).error();
    }
  }
}

// ----- the package itself

Result<PipReport> SmokeRun::read_report(std::string_view name) {
  TRY(const auto text, tools_.disk.read(folder() / name, max_small_file));
  return PipReport::parse(text);
}

/// From here on there is no credential: an sdist's backend runs.
Status SmokeRun::install() {
  environment_.forget_credential();
  if (from_sdist_) CHECK_OK(complete());
  const std::string kind =
      from_sdist_ ? "--no-binary=" + input_.release.project.str() : "--only-binary=:all:";
  std::vector<std::string> words{"install",
                                 "--no-cache-dir",
                                 "--no-index",
                                 "--find-links",
                                 ReleaseDownload::folder(environment_).string(),
                                 kind,
                                 "--report",
                                 "report.json",
                                 requirement()};
  words.insert(words.end(), policy_.requirements.begin(), policy_.requirements.end());
  auto command = environment_.offline_pip(std::move(words));
  TRY(const auto result, environment_.start("install what was downloaded", std::move(command)));
  const Cause cause = cause_of_pip_failure(result, input_.release.project, PipTask::install);
  if (!finished("smoke.install", "pip to install " + requirement() + " without the index", result, cause))
    return success();
  TRY(const auto report, read_report("report.json"));
  const auto items = items_of(input_.release.project, report);
  const auto got = items.empty() ? InstalledItem{} : items.front();
  return examine(decide_extras(policy_.extras, got)) ? prove(got) : success();
}

/// That what was installed is what the index offers and what was promoted: the report of the resolution has
/// its address, that of the installation its name and version.
Status SmokeRun::prove(const InstalledItem& got) {
  for (InstalledItem& item : resolved_.items) {
    item.name = got.name;
    item.version = got.version;
  }
  std::set<std::string> hosts{input_.index.url.host};
  for (const client::PageLink& link : links_)
    hosts.insert(link.url.host);
  if (!examine(decide_report(input_.release, input_.manifest, hosts, resolved_))) return success();
  if (!from_sdist_) return compare_installed(resolved_.items.front());
  if (!round_.sdist) {
    tools_.console.warn(
        "no wheel of this release runs on this interpreter: the sdist was installed, and only its "
        "hash could be compared");
  }
  find_scripts();
  return success();
}

/// The programs that an installed distribution says it has.
void SmokeRun::read_scripts(const Path& dist_info) {
  std::ranges::move(script_names(tools_.disk, dist_info), std::back_inserter(scripts_));
}

/// Those that it holds as files, such as the program of a wheel for one platform: no entry point names them.
void SmokeRun::read_programs(const Path& dist_info) {
  const auto text = tools_.disk.read(dist_info / "RECORD", max_small_file);
  const auto record = text.ok() ? dist::parse_record(*text) : Result<std::vector<dist::RecordEntry>>(Error{});
  if (!record.ok()) return;
  const Path scripts = interpreter_.scripts.lexically_normal();
  for (const dist::RecordEntry& entry : *record) {
    const Path place = (dist_info.parent_path() / entry.path).lexically_normal();
    if (place.parent_path() == scripts) scripts_.push_back(place.filename().string());
  }
}

/// The same where no wheel tells how the backend spelt the project's name.
void SmokeRun::find_scripts() {
  for (const Path& site : {interpreter_.purelib, interpreter_.platlib}) {
    const auto names = tools_.disk.list(site);
    if (!names.ok()) continue;
    for (const std::string& name : *names) {
      const auto project = ProjectName::parse(name.substr(0, name.find('-')));
      if (name.ends_with(".dist-info") && project.ok() && *project == input_.release.project) {
        read_scripts(site / name);
        read_programs(site / name);
      }
    }
    if (interpreter_.purelib == interpreter_.platlib) return;
  }
}

Status SmokeRun::compare_installed(const InstalledItem& item) {
  const std::string filename = item.filename();
  const auto* entry = input_.manifest.find(filename);
  if (entry == nullptr) return Error{Errc::internal, "a file that was compared is not in the manifest"};
  TRY(const auto name, WheelFilename::parse(filename));
  TRY(const auto wheel, input_.file(*entry));
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
  read_programs(scheme.site / dist_info);
  return success();
}

// ----- what it does

// What is installed begins to run here: a .pth file of it with any Python.
Status SmokeRun::run_pip_check() {
  CHECK_OK(complete());
  TRY(const auto result, environment_.start("pip check", environment_.offline_pip({"check"})));
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
               name + " as a script that the package installs",
               known ? "installed" : "no such script; it has " + list_names(scripts_, "none"),
               "correct `commands`, or the package's entry points", RefusalKind::smoke);
  if (!examine(exam.take())) return success();
  auto command = of_package(each.words);
  command.arguments.front() = program.string();
  std::optional<console::Console::Section> section(std::in_place, tools_.console, "  $ " + shown);
  TRY(const auto result, environment_.start(shown, std::move(command), &*section));
  section.reset();
  const auto expected = fmt::format("`{}` to end well within {} s", shown, policy_.timeout.count());
  if (!examine({decide_finished("smoke.command", expected, result, tools_.redactor)})) return success();
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
  for (const Step step : {&SmokeRun::look_at_environment, &SmokeRun::download, &SmokeRun::install,
                          &SmokeRun::run_pip_check, &SmokeRun::run_imports, &SmokeRun::run_commands}) {
    CHECK_OK((this->*step)());
    if (!going_on()) break;
  }
  environment_.forget_credential();
  CHECK_OK(environment_.sync_log());
  return std::move(result_);
}

}  // namespace

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

Result<Containment> find_containment(const SmokePolicy& policy, const SmokeTools& tools) {
  if (policy.isolation == Isolation::off) return Containment::descendants;
  const auto allowed = tools.processes.try_namespaces();
  if (allowed.ok()) return Containment::namespaces;
  if (allowed.error().code == Errc::cancelled) return allowed.error();
  if (policy.isolation == Isolation::automatic) return Containment::descendants;
  return Error{Errc::unavailable,
               fmt::format("expected namespaces for the smoke check, found {}", allowed.error().message),
               "allow user namespaces on this machine, or set isolation = \"automatic\" in [smoke]"};
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
  TRY(const auto containment, find_containment(policy, tools));
  if (containment == Containment::descendants) {
    tools.console.warn(
        "the release's programs run as this user without namespaces of their own: they can read what this "
        "user can, and other processes of this user (docs/promotion.md, isolation)");
  }
  SmokeResult all{.checks = {}, .python = {}, .pip = {}, .log = log};
  const auto rounds = rounds_of(policy);
  for (const MatrixEntry& round : rounds) {
    const std::string what =
        fmt::format("{}, {}", round.python, round.sdist ? "from the sdist" : "as a user");
    if (rounds.size() > 1) tools.console.line("  with " + what);
    TRY(auto fresh, environments.take(round.python));
    TRY(auto environment, SmokeEnvironment::open(policy, input.index, log, tools, std::move(fresh), what));
    environment.contain(containment);
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
