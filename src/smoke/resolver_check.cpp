#include "smoke/resolver_check.hpp"

#include <fmt/format.h>

#include "smoke/environment_pool.hpp"
#include "smoke/environment_session.hpp"
#include "smoke/pip_report.hpp"

namespace packhouse::smoke {
namespace {

constexpr std::uint64_t max_report = 64U << 20U;
constexpr std::string_view still_offered =
    "the index offers it still: read the log, and have the index's owner withdraw it";

class Resolver {
 public:
  Resolver(const ResolveInput& input, SmokeTools& tools, SmokeEnvironment environment)
      : input_(input), tools_(tools), environment_(std::move(environment)) {}

  Result<Resolution> run();

 private:
  Result<ProcessResult> ask(std::string_view title, std::vector<std::string> what);
  Status ask_by_name();
  Status ask_by_pin();
  Result<Version> read_choice(const Path& report) const;
  bool examine(Check check);
  void decide(std::string_view id, bool passed, std::string expected, std::string found);

  const ResolveInput& input_;
  SmokeTools& tools_;
  SmokeEnvironment environment_;
  Resolution resolution_;
};

bool Resolver::examine(Check check) {
  const bool passed = check.passed;
  tools_.console.checks({check});
  resolution_.checks.push_back(std::move(check));
  return passed;
}

void Resolver::decide(std::string_view id, bool passed, std::string expected, std::string found) {
  CheckBuilder exam;
  exam.on({"smoke-log"}).require(id, passed, std::move(expected), std::move(found), still_offered);
  examine(exam.take().front());
}

Result<ProcessResult> Resolver::ask(std::string_view title, std::vector<std::string> what) {
  std::vector<std::string> words{"install",         "--dry-run",   "--ignore-installed",  "--no-cache-dir",
                                 "--prefer-binary", "--index-url", input_.index.url.str()};
  words.insert(words.end(), std::make_move_iterator(what.begin()), std::make_move_iterator(what.end()));
  return environment_.start(title, environment_.pip(std::move(words)));
}

Result<Version> Resolver::read_choice(const Path& path) const {
  TRY(const auto text, tools_.disk.read(path, max_report));
  TRY(const auto report, PipReport::parse(text));
  for (const InstalledItem& item : report.items) {
    const auto name = item.name.ok() ? ProjectName::parse(*item.name) : Result<ProjectName>(Error{});
    if (name.ok() && *name == input_.project && item.version.ok()) return Version::parse(*item.version);
  }
  return Error{Errc::unavailable, "expected pip to say which version it would install",
               "read the log of the rollback"};
}

Status Resolver::ask_by_name() {
  TRY(const auto result,
      ask("what a fresh resolver chooses", {input_.project.str(), "--report", "choice.json"}));
  const std::string expected = "another version than " + input_.withdrawn.str();
  if (result.succeeded()) {
    TRY(resolution_.chosen, read_choice(environment_.folder() / "choice.json"));
    decide("rollback.resolver", *resolution_.chosen != input_.withdrawn, expected, resolution_.chosen->str());
    return success();
  }
  if (input_.others_offered) {
    examine(decide_finished("rollback.resolver", expected, result, tools_.redactor));
  } else {
    decide("rollback.resolver", true, "no version, since no other is offered", "none");
  }
  return success();
}

Status Resolver::ask_by_pin() {
  const std::string pin = input_.project.str() + "==" + input_.withdrawn.str();
  TRY(const auto result, ask("what the exact version leads to", {"--no-deps", pin}));
  decide("rollback.pin", !result.succeeded(), pin + " to be offered to nobody",
         result.succeeded() ? "pip would install it" : "pip finds nothing");
  return success();
}

Result<Resolution> Resolver::run() {
  const bool ready = examine(decide_finished("smoke.venv", "a fresh virtual environment",
                                             environment_.fresh().made, tools_.redactor));
  if (ready) {
    CHECK_OK(ask_by_name());
  }
  if (ready && !input_.pin_allowed) {
    CHECK_OK(ask_by_pin());
  }
  environment_.forget_credential();
  CHECK_OK(environment_.sync_log());
  return std::move(resolution_);
}

}  // namespace

Result<Resolution> resolve_afresh(const SmokePolicy& policy, const ResolveInput& input, const Path& log,
                                  SmokeTools tools) {
  TRY(auto fresh, EnvironmentPool(policy, tools).take(policy.pythons.front()));
  TRY(auto environment, SmokeEnvironment::open(policy, input.index, log, tools, std::move(fresh)));
  return Resolver(input, tools, std::move(environment)).run();
}

}  // namespace packhouse::smoke
