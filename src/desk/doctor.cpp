#include "desk/doctor.hpp"

#include <fmt/format.h>

#include <chrono>

#include "base/http_date.hpp"
#include "base/text.hpp"
#include "desk/require_answer.hpp"

namespace packhouse::desk {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr minutes clocks_may_differ{2};

constexpr std::string_view interpreter_script = R"(
import ensurepip, json, sys, venv
print(json.dumps({"python": "%d.%d.%d" % sys.version_info[:3], "pip": ensurepip.version()}))
)";

std::string describe(const Result<ProcessResult>& result) {
  if (!result.ok()) return result.error().message;
  if (result->timed_out) return "it was stopped at its time limit";
  return fmt::format("exit {}: {}", result->exit_code, quote(trim(result->errors), 300));
}

std::optional<std::string> describe_python(const Result<ProcessResult>& result) {
  if (!result.ok() || !result->succeeded()) return std::nullopt;
  const auto document = json::parse(trim(result->output), 4096);
  const auto* object = document.ok() ? document->if_object() : nullptr;
  if (object == nullptr) return std::nullopt;
  const auto python = json::get_string(*object, "python");
  const auto pip = json::get_string(*object, "pip");
  if (!python.ok() || !pip.ok()) return std::nullopt;
  return fmt::format("Python {} with pip {}", *python, *pip);
}

}  // namespace

Checks examine_forge(forge::Forge& forge, const source::Policy& policy, std::string_view token) {
  const std::string name = policy.repository;
  const std::string workflow = policy.workflow.substr(policy.workflow.rfind('/') + 1);
  Checks checks;
  const auto repository = forge.repository();
  checks.push_back(require_answer("forge.repository",
                                  fmt::format("{} to read the repository {}", token, name), repository,
                                  repository.ok() ? show(repository->full_name) : "",
                                  "correct `repository`, or give the token access to it"));
  const auto actions = forge.workflow(workflow);
  checks.push_back(
      require_answer("forge.actions", fmt::format("{} to read the workflow {}", token, policy.workflow),
                     actions, actions.ok() ? "state " + show(actions->state) : "",
                     "give the token `actions: read`, or what the forge calls it, and check `workflow`"));
  const auto branch = forge.branch(policy.branch);
  checks.push_back(
      require_answer("forge.contents", fmt::format("{} to read the branch {}", token, policy.branch), branch,
                     branch.ok() ? show(branch->sha) : "",
                     "give the token `contents: read`, or what the forge calls it, and check `branch`"));
  if (policy.attestations.mode == source::AttestationPolicy::Mode::require) {
    const auto attestations = forge.attestations(Sha256::of(""));
    checks.push_back(require_answer("forge.attestations", fmt::format("{} to read attestations", token),
                                    attestations, "readable", "give the token `attestations: read`"));
  }
  return checks;
}

Checks examine_clock(http::Client& client, const Clock& clock, std::string_view name,
                     const http::ClientRequest& request) {
  const auto response = client.send(request);
  if (!response.ok()) return {};  // another check reports it
  const auto date = parse_http_date(response->headers.get("date").value_or(""));
  if (!date) return {};
  const auto apart = std::chrono::duration_cast<seconds>(clock.now() - *date);
  CheckBuilder exam;
  exam.require(fmt::format("clock.{}", name), std::chrono::abs(apart) <= clocks_may_differ,
               fmt::format("clocks that differ by at most {} minutes", clocks_may_differ.count()),
               fmt::format("ours is {} s ahead", apart.count()), "have this machine's clock set by NTP",
               RefusalKind::policy);
  return exam.take();
}

Checks examine_python(ProcessRunner& processes, const smoke::SmokePolicy& policy,
                      const std::string& search_path, const Path& folder) {
  CheckBuilder exam;
  for (const std::string& python : policy.pythons) {
    Command command;
    command.arguments = {python, "-I", "-c", std::string(interpreter_script)};
    command.environment = {{"PATH", search_path}, {"LANG", "C.UTF-8"}};
    command.folder = folder;
    const auto result = processes.run(command);
    const auto found = describe_python(result);
    exam.require(
        "python.venv", found.has_value(), python + " with venv and ensurepip",
        found ? *found : describe(result),
        "install Python and its venv (on Debian: python3-venv), or name others as `pythons` in [smoke]",
        RefusalKind::missing);
  }
  return exam.take();
}

Checks examine_state(FileSystem& disk, const Path& state) {
  const auto try_it = [&]() -> Status {
    CHECK_OK(disk.make_folders(state));
    const Path probe = state / ".doctor";
    if (const auto left = disk.remove(probe); !left.ok() && left.error().code != Errc::not_found) return left;
    TRY(const auto file, disk.create(probe));
    CHECK_OK(file->write("?"));
    CHECK_OK(file->sync());
    return disk.remove(probe);
  };
  return {require_answer("state.writable", "journals to be writable in " + state.string(),
                         Result<void>(try_it()), "writable", "name another folder with --state")};
}

}  // namespace packhouse::desk
