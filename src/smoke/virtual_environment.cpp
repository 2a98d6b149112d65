#include "smoke/virtual_environment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <memory>
#include <set>

#include "archive/byte_source.hpp"
#include "archive/zip.hpp"
#include "base/text.hpp"
#include "smoke/program_end.hpp"

namespace packhouse::smoke {
namespace {

constexpr std::string_view making = "a fresh virtual environment";
constexpr std::string_view kept_wheels = "wheels";

// What `python -m venv` does, but that pip's wheels are kept where ensurepip would have pip install them and
// compile each of their modules, which takes seconds. Unpacking them is all that their installation comes to,
// but for scripts that nothing here calls.
constexpr std::string_view bare = R"(
import ensurepip, os, shutil, sys, venv

place, kept = map(os.path.abspath, sys.argv[1:])

def keep(arguments, wheels):
    for wheel in wheels:
        shutil.move(wheel, kept)

if not hasattr(ensurepip, "_run_pip"):
    raise SystemExit("this ensurepip installs in a way of its own")
venv.create(place, clear=True, symlinks=True)
ensurepip._run_pip = keep
sys.prefix = place  # some of them refuse to work outside of an environment
ensurepip.bootstrap()
)";

// What only the interpreter itself knows. pip's own copy of packaging decides what pip installs.
constexpr std::string_view questions = R"(
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

/// Writes the files of a wheel below a folder.
class Unpacking final : public archive::MemberSink {
 public:
  Unpacking(FileSystem& disk, Path folder) : disk_(disk), folder_(std::move(folder)) {}

  void begin(const archive::Member& member) override {
    if (outcome.ok() && member.type == archive::MemberType::file) outcome = create(member.name);
  }
  void write(std::string_view chunk) override {
    if (outcome.ok() && file_) outcome = file_->write(chunk);
  }
  void end(const archive::Member& member, bool intact) override {
    file_.reset();
    if (outcome.ok() && !intact) outcome = Error{Errc::invalid_input, member.name + " is damaged"};
  }

  Status outcome = success();

 private:
  Status create(std::string_view name) {
    const Path path = folder_ / name;
    Path parent = path.parent_path();
    if (made_.insert(parent).second) CHECK_OK(disk_.make_folders(parent));
    TRY(file_, disk_.create(path));
    return success();
  }

  FileSystem& disk_;
  Path folder_;
  std::set<Path> made_;
  std::unique_ptr<WritableFile> file_;
};

Status unpack(FileSystem& disk, const Path& wheel, const Path& folder) {
  TRY(const auto size, disk.size(wheel));
  TRY(const auto file, disk.open(wheel));
  const auto source = archive::FileSource::borrow(file.get(), size);
  archive::ZipReader zip(source, {.limits = {}, .data_descriptors = true});
  if (!zip.violations().empty()) {
    return Error{Errc::invalid_input, fmt::format("{} is no sound wheel: {}", wheel.filename().string(),
                                                  zip.violations().kept().front().found)};
  }
  Unpacking unpacking(disk, folder);
  zip.read_all(unpacking);
  return unpacking.outcome;
}

class EnvironmentBuilder {
 public:
  EnvironmentBuilder(const SmokePolicy& policy, const SmokeTools& tools, TemporaryFolder folder)
      : policy_(policy),
        tools_(tools),
        fresh_{.folder = std::move(folder), .made = {}, .described = {}, .log = {}} {}

  Result<VirtualEnvironment> run(const std::string& python);

 private:
  Result<bool> make_quickly(const std::string& python);
  Status make_as_usual(const std::string& python);
  Status seed();
  Status describe();
  Result<ProcessResult> call(std::string_view title, std::vector<std::string> words,
                             std::string_view program = {}, std::vector<std::string> arguments = {});
  const Path& folder() const { return fresh_.folder.path(); }
  std::string own_python() const { return (folder() / "venv" / "bin" / "python").string(); }

  const SmokePolicy& policy_;
  const SmokeTools& tools_;
  VirtualEnvironment fresh_;
};

/// A `program` is for us alone, as is what it prints.
Result<ProcessResult> EnvironmentBuilder::call(std::string_view title, std::vector<std::string> words,
                                               std::string_view program, std::vector<std::string> arguments) {
  fresh_.log += log_head(title, words);
  if (!program.empty()) words.emplace_back(program);
  std::ranges::move(arguments, std::back_inserter(words));
  const Command command{.arguments = std::move(words),
                        .environment = environment_variables(tools_, folder(), folder() / "home"),
                        .folder = folder(),
                        .timeout = policy_.install_timeout,
                        .stop = tools_.stop};
  const auto begun = std::chrono::steady_clock::now();
  TRY(auto result, tools_.processes.run(command));
  const auto taken = std::chrono::steady_clock::now() - begun;
  if (program.empty() || !result.succeeded()) fresh_.log += result.output + result.errors;
  fresh_.log += log_end(smoke::describe(result), taken);
  return result;
}

/// The kept wheels, into the one folder where the environment has its packages.
Status EnvironmentBuilder::seed() {
  const Path library = folder() / "venv" / "lib";
  TRY(const auto versions, tools_.disk.list(library));
  TRY(const auto wheels, tools_.disk.list(folder() / kept_wheels));
  if (versions.size() != 1 || wheels.empty()) {
    return Error{Errc::not_found,
                 fmt::format("expected one folder in venv/lib and wheels to unpack, found {} and {}",
                             versions.size(), wheels.size())};
  }
  for (const std::string& wheel : wheels) {
    CHECK_OK(
        unpack(tools_.disk, folder() / kept_wheels / wheel, library / versions.front() / "site-packages"));
  }
  return success();
}

Status EnvironmentBuilder::describe() {
  TRY(fresh_.described, call("what it is", {own_python(), "-I", "-c"}, questions));
  return success();
}

/// False where this Python does it in a way of its own.
Result<bool> EnvironmentBuilder::make_quickly(const std::string& python) {
  TRY(fresh_.made, call(making, {python, "-I", "-S", "-c"}, bare, {"venv", std::string(kept_wheels)}));
  if (!fresh_.made.succeeded()) return false;
  if (const auto seeded = seed(); !seeded.ok()) {
    fresh_.log += fmt::format("{}\n\n", seeded.error().message);
    return false;
  }
  CHECK_OK(describe());
  return fresh_.described->succeeded();
}

Status EnvironmentBuilder::make_as_usual(const std::string& python) {
  fresh_.described.reset();
  TRY(fresh_.made, call(making, {python, "-I", "-m", "venv", "--clear", "venv"}));
  return fresh_.made.succeeded() ? describe() : success();
}

Result<VirtualEnvironment> EnvironmentBuilder::run(const std::string& python) {
  for (const std::string_view each : {std::string_view("tmp"), std::string_view("home"), kept_wheels}) {
    CHECK_OK(tools_.disk.make_folders(folder() / each));
  }
  TRY(const bool made, make_quickly(python));
  if (!made) CHECK_OK(make_as_usual(python));
  return std::move(fresh_);
}

}  // namespace

Result<VirtualEnvironment> make_environment(const SmokePolicy& policy, const SmokeTools& tools,
                                            const std::string& python) {
  TRY(auto folder, TemporaryFolder::make("packhouse-smoke-"));
  return EnvironmentBuilder(policy, tools, std::move(folder)).run(python);
}

std::vector<std::pair<std::string, std::string>> environment_variables(const SmokeTools& tools,
                                                                       const Path& folder, const Path& home) {
  return {{"HOME", home.string()},
          {"PATH", tools.search_path},
          {"TMPDIR", (folder / "tmp").string()},
          {"LANG", "C.UTF-8"},
          {"PIP_CONFIG_FILE", "/dev/null"}};
}

Error unusable(std::string_view python, std::string_view fault) {
  return {
      Errc::not_found, fmt::format("expected {} for the smoke check, found {}", quote(python), fault),
      "install it with venv and ensurepip (Debian: python3-venv), or take it out of `pythons` in [smoke]"};
}

}  // namespace packhouse::smoke
