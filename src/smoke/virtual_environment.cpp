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

std::string last_lines(std::string_view text, std::size_t count) {
  text = trim(text);
  std::size_t at = text.size();
  while (count-- > 0 && at != std::string_view::npos && at > 0)
    at = text.rfind('\n', at - 1);
  return std::string(at == std::string_view::npos || at == 0 ? text : text.substr(at + 1));
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
  for (const std::string_view each :
       {std::string_view("pip-home"), std::string_view("tmp"), std::string_view("home"), kept_wheels}) {
    CHECK_OK(tools_.disk.make_folders(folder() / each));
  }
  TRY(const bool made, make_quickly(python));
  if (!made) CHECK_OK(make_as_usual(python));
  return std::move(fresh_);
}

Result<VirtualEnvironment> make(const SmokePolicy& policy, const SmokeTools& tools,
                                const std::string& python) {
  TRY(auto folder, TemporaryFolder::make("packhouse-smoke-"));
  return EnvironmentBuilder(policy, tools, std::move(folder)).run(python);
}

}  // namespace

std::vector<std::pair<std::string, std::string>> environment_variables(const SmokeTools& tools,
                                                                       const Path& folder, const Path& home) {
  return {{"HOME", home.string()},
          {"PATH", tools.search_path},
          {"TMPDIR", (folder / "tmp").string()},
          {"LANG", "C.UTF-8"},
          {"PIP_CONFIG_FILE", "/dev/null"}};
}

std::string describe(const ProcessResult& result) {
  if (result.timed_out) return "it was stopped at its time limit";
  if (result.signal != 0) return fmt::format("ended by signal {}", result.signal);
  return fmt::format("exit {}", result.exit_code);
}

std::string describe_end(const ProcessResult& result, const Redactor& redactor) {
  // Redacted before it is cut and quoted: a part of a secret would not be found any more.
  const std::string end = last_lines(redactor.redact(result.errors + result.output), 6);
  return describe(result) + (end.empty() ? "" : ": " + quote(end, 1000));
}

Error unusable(std::string_view python, std::string_view fault) {
  return {
      Errc::not_found, fmt::format("expected {} for the smoke check, found {}", quote(python), fault),
      "install it with venv and ensurepip (Debian: python3-venv), or take it out of `pythons` in [smoke]"};
}

std::string log_head(std::string_view title, const std::vector<std::string>& words) {
  return fmt::format("== {}\n$ {}\n", title, join(words, " "));
}

std::string log_end(std::string_view how, std::chrono::duration<double> taken) {
  return fmt::format("\n-- {}, after {:.3f} s\n\n", how, taken.count());
}

EnvironmentPool::EnvironmentPool(const SmokePolicy& policy, const SmokeTools& tools)
    : policy_(policy), tools_(tools) {
  tools_.stop = given_up_.get_token();
}

void EnvironmentPool::begin_next() {
  if (expected_.empty() || begun_.valid() || made_) return;
  begun_ = std::async(std::launch::async,
                      [this, python = expected_.front()] { return make(policy_, tools_, python); });
}

void EnvironmentPool::expect(std::string python) {
  expected_.push_back(std::move(python));
  begin_next();
}

const Result<VirtualEnvironment>& EnvironmentPool::wait() {
  begin_next();
  if (!made_) made_ = begun_.get();
  return *made_;
}

Status EnvironmentPool::look() {
  if (expected_.empty()) return success();
  const auto& fresh = wait();
  const std::string& python = expected_.front();
  if (!fresh.ok())
    return fresh.error().code == Errc::not_found ? unusable(python, fresh.error().message) : fresh.error();
  const ProcessResult& last = fresh->described ? *fresh->described : fresh->made;
  return last.succeeded() ? success() : Status(unusable(python, describe_end(last, tools_.redactor)));
}

Result<VirtualEnvironment> EnvironmentPool::take(const std::string& python) {
  if (expected_.empty() || expected_.front() != python) return make(policy_, tools_, python);
  wait();
  expected_.pop_front();
  return *std::exchange(made_, std::nullopt);
}

void EnvironmentPool::discard(TemporaryFolder folder) {
  removing_ = std::async(std::launch::async, [folder = std::move(folder)]() mutable {
    const TemporaryFolder going = std::move(folder);
  });
}

}  // namespace packhouse::smoke
