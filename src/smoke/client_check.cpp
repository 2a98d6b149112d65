#include "smoke/client_check.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "smoke/environment_pool.hpp"
#include "smoke/environment_session.hpp"
#include "smoke/interpreter.hpp"

namespace packhouse::smoke {
namespace {

constexpr std::string_view requirements = "requirements.txt";

/// One line that lets a client install these bytes and no others.
std::string requirement(const PublicRelease& release) {
  std::string line = release.name.project.str() + "==" + release.name.version.str();
  for (const auto& entry : release.manifest.entries())
    line += " --hash=sha256:" + entry.sha256.hex();
  return line + "\n";
}

Command command_of(const std::string& client, const SmokeEnvironment& environment,
                   const PublicRelease& release) {
  // Wheels alone: an sdist's backend would run while the client can read the credential.
  const std::vector<std::string> what{
      "--no-deps", "--require-hashes",       "--only-binary", ":all:", "--target", "by-" + client,
      "-r",        std::string(requirements)};
  const std::string index = release.index.url.str();
  std::vector<std::string> words;
  if (client == "pip") {
    words = {"install", "--no-cache-dir", "--index-url", index};
  } else {
    words = {"pip", "install", "--python", environment.python().string(), "--default-index", index};
  }
  words.insert(words.end(), what.begin(), what.end());
  return client == "pip" ? environment.pip(std::move(words)) : environment.uv(std::move(words));
}

bool has_wheel_for(const Interpreter& interpreter, const dist::Manifest& manifest) {
  return std::ranges::any_of(manifest.entries(), [&](const dist::ManifestEntry& entry) {
    const auto wheel = WheelFilename::parse(entry.filename);
    return wheel.ok() && interpreter.runs(*wheel);
  });
}

Result<Checks> ask_each(SmokeEnvironment& environment, const std::string& python,
                        const PublicRelease& release, const std::vector<std::string>& clients,
                        const SmokeTools& tools) {
  Checks checks;
  const auto decide = [&](std::string_view id, std::string expected, const ProcessResult& result,
                          const Cause& cause) {
    if (!result.succeeded()) show_output(tools, result);
    checks.push_back(decide_finished(id, std::move(expected), result, tools.redactor, cause));
    tools.console.checks({checks.back()});
    return checks.back().passed;
  };
  if (!decide("smoke.venv", "a fresh virtual environment from " + python, environment.fresh().made,
              no_environment))
    return checks;
  TRY(const auto interpreter, Interpreter::parse(environment.fresh().described->output));
  if (!has_wheel_for(interpreter, release.manifest)) {
    tools.console.warn(
        "no wheel of this release runs on this interpreter: no client is asked, since it would run the "
        "release's build backend with the index's credential at hand");
    return checks;
  }
  CHECK_OK(environment.write_file(environment.folder() / requirements, requirement(release)));
  for (const std::string& client : clients) {
    TRY(const auto result,
        environment.start("what " + client + " gets of the index", command_of(client, environment, release)));
    decide("confirm." + client, client + " to get exactly the promoted bytes by the public address", result,
           cause_of_pip_failure(result, release.name.project, PipTask::read_index));
  }
  return checks;
}

}  // namespace

Result<std::vector<std::string>> find_clients(const SmokePolicy& policy, const SmokeTools& tools) {
  const bool named = !policy.clients.empty();
  std::vector<std::string> found;
  for (const std::string& client : named ? policy.clients : std::vector<std::string>{"pip", "uv"}) {
    std::optional<std::string> fault;
    if (client != "pip") {  // which comes with the environment
      TRY(fault, why_not(tools, {client, "--version"}));
    }
    if (!fault) {
      found.push_back(client);
    } else if (named) {
      return Error{Errc::not_found,
                   fmt::format("expected {} to confirm the release with, found {}", client, *fault),
                   "install it, or take it out of `clients` in [smoke]"};
    }
  }
  return found;
}

Result<Checks> fetch_with_clients(const SmokePolicy& policy, const PublicRelease& release,
                                  const std::vector<std::string>& clients, const Path& log,
                                  const SmokeTools& tools, EnvironmentPool& environments) {
  const std::string& python = policy.pythons.front();
  TRY(auto fresh, environments.take(python));
  TRY(auto environment, SmokeEnvironment::open(policy, release.index, log, tools, std::move(fresh)));
  auto checks = ask_each(environment, python, release, clients, tools);
  environment.forget_credential();
  CHECK_OK(environment.sync_log());
  environments.discard(std::move(environment).take_folder());
  return checks;
}

}  // namespace packhouse::smoke
