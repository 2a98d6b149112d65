#include "release/fresh_environment.hpp"

#include <fmt/format.h>

#include <chrono>

#include "base/text.hpp"

namespace packhouse::release {
namespace {

// What `python -m venv` gives an environment, from the wheels that came with this Python. ensurepip has pip
// install them and compile each of their modules, which takes seconds; unpacking them is all that their
// installation comes to, but for scripts that nothing here calls.
constexpr std::string_view seed = R"(
import ensurepip, sysconfig, zipfile

def unpack(arguments, wheels):
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as members:
            members.extractall(sysconfig.get_path("purelib"))

if not hasattr(ensurepip, "_run_pip"):
    raise SystemExit("this ensurepip installs in a way of its own")
ensurepip._run_pip = unpack
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

class Making {
 public:
  Making(const SmokePolicy& policy, const SmokeTools& tools, TemporaryFolder folder)
      : policy_(policy),
        tools_(tools),
        fresh_{.folder = std::move(folder), .made = {}, .described = {}, .log = {}} {}

  Result<FreshEnvironment> run(const std::string& python);

 private:
  Status make_venv(const std::string& python);
  Result<ProcessResult> call(std::string_view title, std::vector<std::string> words,
                             std::string_view program = {});
  const Path& folder() const { return fresh_.folder.path(); }
  Path venv() const { return folder() / "venv"; }
  std::string own_python() const { return (venv() / "bin" / "python").string(); }

  const SmokePolicy& policy_;
  const SmokeTools& tools_;
  FreshEnvironment fresh_;
};

/// A `program` is for us alone, as is what it prints.
Result<ProcessResult> Making::call(std::string_view title, std::vector<std::string> words,
                                   std::string_view program) {
  fresh_.log += log_head(title, words);
  if (!program.empty()) words.emplace_back(program);
  const Command command{.arguments = std::move(words),
                        .environment = environment_variables(tools_, folder(), folder() / "home"),
                        .folder = folder(),
                        .timeout = policy_.install_timeout};
  const auto begun = std::chrono::steady_clock::now();
  TRY(auto result, tools_.processes.run(command));
  const auto taken = std::chrono::steady_clock::now() - begun;
  if (program.empty() || !result.succeeded()) fresh_.log += result.output + result.errors;
  fresh_.log += log_end(result, taken);
  return result;
}

Status Making::make_venv(const std::string& python) {
  constexpr std::string_view title = "a fresh virtual environment";
  const std::string place = venv().string();
  TRY(fresh_.made, call(title, {python, "-I", "-m", "venv", "--clear", "--without-pip", place}));
  if (fresh_.made.succeeded()) {
    const std::string program = fmt::format("{}{}", seed, questions);
    TRY(fresh_.described, call("its own pip, and what it is", {own_python(), "-I", "-c"}, program));
    if (fresh_.described->succeeded()) return success();
  }
  TRY(fresh_.made, call(title, {python, "-I", "-m", "venv", "--clear", place}));
  if (!fresh_.made.succeeded()) return success();
  TRY(fresh_.described, call("what it is", {own_python(), "-I", "-c"}, questions));
  return success();
}

Result<FreshEnvironment> Making::run(const std::string& python) {
  for (const std::string_view each : {"pip-home", "tmp", "home"}) {
    CHECK_OK(tools_.disk.make_folders(folder() / each));
  }
  CHECK_OK(make_venv(python));
  return std::move(fresh_);
}

Result<FreshEnvironment> make(const SmokePolicy& policy, const SmokeTools& tools, const std::string& python) {
  TRY(auto folder, TemporaryFolder::make("packhouse-smoke-"));
  return Making(policy, tools, std::move(folder)).run(python);
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

std::string log_head(std::string_view title, const std::vector<std::string>& words) {
  return fmt::format("== {}\n$ {}\n", title, join(words, " "));
}

std::string log_end(const ProcessResult& result, std::chrono::duration<double> taken) {
  return fmt::format("\n-- {}, after {:.3f} s\n\n", describe(result), taken.count());
}

void Environments::begin() {
  if (expected_.empty()) return;
  begun_ = std::async(std::launch::async,
                      [this, python = expected_.front()] { return make(policy_, tools_, python); });
}

void Environments::expect(std::string python) {
  expected_.push_back(std::move(python));
  if (!begun_.valid()) begin();
}

Result<FreshEnvironment> Environments::take(const std::string& python) {
  if (expected_.empty() || expected_.front() != python) return make(policy_, tools_, python);
  auto taken = begun_.get();
  expected_.pop_front();
  begin();
  return taken;
}

void Environments::discard(TemporaryFolder folder) {
  removing_ = std::async(std::launch::async, [folder = std::move(folder)]() mutable {
    const TemporaryFolder going = std::move(folder);
  });
}

}  // namespace packhouse::release
