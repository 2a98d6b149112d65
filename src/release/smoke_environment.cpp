#include "release/smoke_environment.hpp"

#include <fmt/format.h>

#include <chrono>
#include <iterator>

#include "base/text.hpp"

namespace packhouse::release {
namespace {

// What `python -m venv` gives an environment, pip and up to 3.11 setuptools, from the same wheels that came with
// this Python. ensurepip has pip install them and compile each of their modules, which takes seconds; unpacking
// them is all that an install of these wheels comes to, but for scripts that nothing here calls.
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
import pip
)";

std::string last_lines(std::string_view text, std::size_t count) {
  text = trim(text);
  std::size_t at = text.size();
  while (count-- > 0 && at != std::string_view::npos && at > 0)
    at = text.rfind('\n', at - 1);
  return std::string(at == std::string_view::npos || at == 0 ? text : text.substr(at + 1));
}

}  // namespace

Result<SmokeEnvironment> SmokeEnvironment::make(const SmokePolicy& policy, const IndexAddress& index,
                                                const Path& log, SmokeTools tools, Path folder) {
  SmokeEnvironment environment(policy, index, std::move(tools), std::move(folder));
  FileSystem& disk = environment.tools_.disk;
  TRY(environment.log_, disk.append(log));
  for (const Path& each : {environment.pip_home(), environment.folder_ / "tmp", environment.home()}) {
    CHECK_OK(disk.make_folders(each));
  }
  if (!index.auth) return environment;
  // argv can be read by every user of the machine, so the credential goes by a file that only we can read.
  CHECK_OK(
      environment.write_file(environment.pip_home() / ".netrc", netrc_text(index.url, *index.auth).reveal()));
  return environment;
}

std::vector<std::pair<std::string, std::string>> SmokeEnvironment::variables(const Path& home) const {
  return {{"HOME", home.string()},
          {"PATH", tools_.search_path},
          {"TMPDIR", (folder_ / "tmp").string()},
          {"LANG", "C.UTF-8"},
          {"PIP_CONFIG_FILE", "/dev/null"}};
}

Result<ProcessResult> SmokeEnvironment::make_venv(const std::string& python) {
  const auto run = [this](std::string_view title, std::vector<std::string> words) {
    Command command = program(std::move(words));
    command.timeout = policy_->install_timeout;
    return start(title, std::move(command));
  };
  constexpr std::string_view title = "a fresh virtual environment";
  TRY(const auto made, run(title, {python, "-I", "-m", "venv", "--clear", "--without-pip", venv().string()}));
  if (made.succeeded()) {
    TRY(auto seeded, run("its own pip", {this->python().string(), "-I", "-c", std::string(seed)}));
    if (seeded.succeeded()) return seeded;
  }
  return run(title, {python, "-I", "-m", "venv", "--clear", venv().string()});
}

/// What speaks to the index, and may read its credential.
Command SmokeEnvironment::client(std::vector<std::string> arguments) const {
  Command command;
  command.arguments = std::move(arguments);
  command.environment = variables(pip_home());
  // Through the environment and not as --proxy: a proxy's address may hold a password.
  command.environment.insert(command.environment.end(), tools_.network.proxies.begin(),
                             tools_.network.proxies.end());
  command.folder = folder_;
  command.timeout = policy_->install_timeout;
  return command;
}

Command SmokeEnvironment::pip(std::vector<std::string> arguments) const {
  std::vector<std::string> words{
      python().string(), "-I", "-m", "pip", "--isolated", "--no-input", "--disable-pip-version-check"};
  if (const Path& authorities = tools_.network.authorities; !authorities.empty()) {
    words.emplace_back("--cert");
    words.push_back(authorities.string());
  }
  words.insert(words.end(), std::make_move_iterator(arguments.begin()),
               std::make_move_iterator(arguments.end()));
  return client(std::move(words));
}

Command SmokeEnvironment::uv(std::vector<std::string> arguments) const {
  std::vector<std::string> words{"uv", "--no-config", "--no-cache", "--no-progress", "--no-python-downloads"};
  words.insert(words.end(), std::make_move_iterator(arguments.begin()),
               std::make_move_iterator(arguments.end()));
  auto command = client(std::move(words));
  if (const Path& authorities = tools_.network.authorities; !authorities.empty())
    command.environment.emplace_back("SSL_CERT_FILE", authorities.string());
  return command;
}

Command SmokeEnvironment::program(std::vector<std::string> arguments) const {
  Command command;
  command.arguments = std::move(arguments);
  command.environment = variables(home());
  command.folder = folder_;
  return command;
}

Result<ProcessResult> SmokeEnvironment::start(std::string_view title, Command command, Logged logged,
                                              Output::Section* section) {
  CHECK_OK(
      log_->write(fmt::format("== {}\n$ {}\n", title, tools_.redactor.redact(join(command.arguments, " ")))));
  RedactingStream redacted(tools_.redactor);
  Status written = success();
  command.on_output = [&](std::string_view chunk) {
    if (written.ok() && logged == Logged::all) written = log_->write(redacted.feed(chunk));
    if (section != nullptr) section->feed(chunk);
  };
  const auto begun = std::chrono::steady_clock::now();
  TRY(auto result, tools_.processes.run(command));
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begun;
  CHECK_OK(written);
  CHECK_OK(log_->write(
      fmt::format("{}\n-- {}, after {:.3f} s\n\n", redacted.finish(), describe(result), taken.count())));
  return result;
}

Status SmokeEnvironment::note(std::string_view line) {
  return log_->write(fmt::format("{}\n\n", line));
}

Status SmokeEnvironment::forget_credential() {
  return index_->auth ? tools_.disk.remove(pip_home() / ".netrc") : success();
}

Status SmokeEnvironment::write_file(const Path& path, std::string_view text) {
  TRY(const auto file, tools_.disk.create(path));
  return file->write(text);
}

std::string describe(const ProcessResult& result) {
  if (result.timed_out) return "it was stopped at its time limit";
  if (result.signal != 0) return fmt::format("ended by signal {}", result.signal);
  return fmt::format("exit {}", result.exit_code);
}

Result<std::optional<std::string>> why_not(const SmokeTools& tools, std::vector<std::string> words) {
  Command command;
  command.arguments = std::move(words);
  command.environment = {{"PATH", tools.search_path}, {"LANG", "C.UTF-8"}};
  command.folder = "/";
  const auto result = tools.processes.run(command);
  if (!result.ok() && result.error().code == Errc::cancelled) return result.error();
  if (!result.ok()) return std::optional(result.error().message);
  return result->succeeded() ? std::nullopt : std::optional(describe(*result));
}

Check decide_finished(std::string_view id, std::string expected, const ProcessResult& result,
                      const Redactor& redactor) {
  std::string found = describe(result);
  if (!result.succeeded()) {
    // Redacted before it is cut and quoted: a part of a secret would not be found any more.
    const std::string end = last_lines(redactor.redact(result.errors + result.output), 6);
    if (!end.empty()) found += ": " + quote(end, 1000);
  }
  Examination exam;
  exam.on({"smoke-log"})
      .that(id, result.succeeded(), std::move(expected), std::move(found), see_smoke_log, Fault::smoke);
  return exam.take().front();
}

}  // namespace packhouse::release
