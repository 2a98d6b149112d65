#include "desk/doctor.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <memory>

#include "base/text.hpp"
#include "client/public_index.hpp"
#include "commands/commands.hpp"
#include "config/project_facts.hpp"
#include "desk/dependency_doctor.hpp"
#include "desk/index_doctor.hpp"
#include "desk/staging_memory.hpp"
#include "sys/ancestors.hpp"
#include "wiring/command_context.hpp"
#include "wiring/forge_access.hpp"

namespace packhouse::app {
namespace {

constexpr std::string_view set_it =
    "set it as a secret of the repository, and hand it to the step as an environment variable "
    "(docs/promotion.md)";

Checks examine_presence(std::string_view name, const Secret& secret) {
  CheckBuilder exam;
  exam.require(fmt::format("secret.{}", name), !secret.empty(), fmt::format("{} in the environment", name),
               secret.empty() ? "nothing" : "set", set_it, RefusalKind::authentication);
  return exam.take();
}

/// Present, and long enough to be masked.
Checks examine_secret(std::string_view name, const Secret& secret) {
  const auto length = refuse_short(name, secret);
  if (length.ok()) return examine_presence(name, secret);
  CheckBuilder exam;
  exam.require(fmt::format("secret.{}", name), false, "a secret that can be kept out of the output",
               length.error().message, length.error().hint, RefusalKind::authentication);
  return exam.take();
}

/// Present, an address, not the public index, and encrypted.
Checks examine_address(std::string_view name, const Secret& secret, bool plain_http_allowed) {
  if (secret.empty()) return examine_presence(name, secret);
  const auto address = parse_address(name, secret);
  if (address.ok()) {
    return {client::decide_not_public(name, address->url),
            client::decide_encrypted(name, address->url, plain_http_allowed)};
  }
  CheckBuilder exam;
  exam.require(fmt::format("secret.{}", name), false, "the address of an index", address.error().message,
               address.error().hint, RefusalKind::policy);
  return exam.take();
}

/// What the project's pyproject.toml asks for, and the smoke check.
Result<std::vector<Requirement>> requirements_of(const ProjectFacts& facts,
                                                 const smoke::SmokePolicy& policy) {
  auto lines = facts.dependencies;
  for (const auto& extra : policy.extras) {
    const auto found = facts.optional_dependencies.find(extra);
    if (found != facts.optional_dependencies.end())
      std::ranges::copy(found->second, std::back_inserter(lines));
  }
  std::ranges::copy(policy.requirements, std::back_inserter(lines));
  std::vector<Requirement> requirements;
  for (const auto& line : lines) {
    TRY(auto requirement, Requirement::parse(line));
    requirements.push_back(std::move(requirement));
  }
  return requirements;
}

/// All checks of the doctor, each printed when it is done.
class Diagnosis {
 public:
  explicit Diagnosis(CommandContext& context) : context_(context) {}

  void run();
  const Checks& checks() const noexcept { return checks_; }

 private:
  void add(const Checks& checks) {
    context_.console().checks(checks);
    checks_.insert(checks_.end(), checks.begin(), checks.end());
  }
  void examine_settings();
  void examine_secrets();
  void examine_exchange();
  void examine_forge(const DeskConfiguration& configuration);
  void examine_index(const DeskConfiguration& configuration);
  void examine_dependencies(client::IndexClient& index, const DeskConfiguration& configuration);
  void examine_machine();
  void warn_of_processes();

  CommandContext& context_;
  Checks checks_;
  std::optional<DeskConfiguration> configuration_;
};

void Diagnosis::examine_settings() {
  auto read = context_.read_configuration();
  std::string found = read.ok() ? read->policy.project.str() : read.error().message;
  // What a reviewer has to know of: the strict settings say nothing.
  if (read.ok() && !source::widenings(read->policy).empty())
    found += ", which also takes " + join(source::widenings(read->policy), "; ");
  CheckBuilder exam;
  exam.require("settings", read.ok(), "settings of a project", std::move(found),
               read.ok() ? "" : read.error().hint, RefusalKind::policy);
  add(exam.take());
  if (read.ok()) configuration_ = *std::move(read);
}

void Diagnosis::examine_secrets() {
  const DeskSecrets& secrets = context_.secrets();
  const bool plain = configuration_ && configuration_->plain_http_allowed;
  add(examine_address("PRIVATE_INDEX_REPOSITORY_URL", secrets.repository_url, plain));
  const auto upload = parse_address("PRIVATE_INDEX_REPOSITORY_URL", secrets.repository_url);
  if (secrets.wants_exchange()) {
    examine_exchange();
  } else if (!upload.ok() || !upload->auth) {
    add(examine_presence("PRIVATE_INDEX_USERNAME", secrets.username));
    add(examine_secret("PRIVATE_INDEX_PASSWORD", secrets.password));
  }
  add(examine_address("PRIVATE_INDEX_PIP_INDEX_URL", secrets.pip_index_url, plain));
  const auto& forge = configuration_ ? *configuration_->forge : forge::forge_kinds().front();
  add(examine_secret(forge.dialect.token_variable, secrets.forge_token(forge)));
}

/// No secret is stored: the index gives this run a token, as it will give one to the promotion's.
void Diagnosis::examine_exchange() {
  const auto exchanged = context_.index_secrets();
  const auto refusal = !exchanged.ok() && exchanged.error().code == Errc::unavailable
                           ? RefusalKind::unavailable
                           : RefusalKind::authentication;
  CheckBuilder exam;
  exam.require("index.exchange", exchanged.ok(), "a token of the index for this run",
               exchanged.ok() ? "given" : exchanged.error().message,
               exchanged.ok() ? "" : exchanged.error().hint, refusal);
  add(exam.take());
}

void Diagnosis::examine_forge(const DeskConfiguration& configuration) {
  const auto forge = connect_forge(context_, configuration, std::chrono::seconds(0));
  if (!forge.ok()) {
    CheckBuilder exam;
    exam.require("forge.address", false, "an address of the forge", forge.error().message,
                 forge.error().hint);
    return add(exam.take());
  }
  add(desk::examine_forge(**forge, configuration.policy, configuration.forge->dialect.token_variable));
  // Any answer has a Date, a refusal too.
  add(desk::examine_clock(context_.client(), context_.clock(), "forge",
                          forge_question(*configuration.forge)));
}

void Diagnosis::examine_index(const DeskConfiguration& configuration) {
  const auto secrets = context_.index_secrets();
  if (!secrets.ok()) return;  // as below
  auto addresses = upload_addresses(*secrets, *configuration.forge);
  if (!addresses.ok()) return;  // reported above, secret by secret
  client::IndexClient index(context_.client(), addresses->upload, addresses->simple);
  client::SessionClient sessions(context_.client(),
                                 {client::session_root(addresses->upload.url), addresses->upload.auth});
  const auto state = context_.state_folder();
  const auto diagnosis = desk::examine_index(
      {.index = index,
       .sessions = sessions,
       .project = configuration.policy.project,
       .staging = configuration.staging,
       .has_staged = state.ok() && desk::has_staged(context_.disk(), *state, addresses->upload.url),
       .has_root = configuration.index_has_root,
       .learn = [this](const Secret& secret) { context_.mask(secret); }});
  add(diagnosis.checks);
  for (const std::string& warning : diagnosis.warnings)
    context_.console().warn(warning);
  add(desk::examine_clock(context_.client(), context_.clock(), "index",
                          http::ClientRequest{.url = addresses->simple.url.str()}));
  examine_dependencies(index, configuration);
}

void Diagnosis::examine_dependencies(client::IndexClient& index, const DeskConfiguration& configuration) {
  constexpr std::uint64_t most = 4UL << 20U;
  const auto text = context_.disk().read(context_.project_folder() / "pyproject.toml", most);
  const auto facts = text.ok() ? read_project_facts(*text) : Result<ProjectFacts>(ProjectFacts{});
  if (!facts.ok()) return context_.console().warn(facts.error().message);
  if (facts->dynamic_dependencies) {
    context_.console().warn(
        "pyproject.toml leaves dependencies to the build: those are not looked for on the index");
  }
  auto requirements = requirements_of(*facts, configuration.smoke);
  if (!requirements.ok()) return context_.console().warn(requirements.error().message);
  std::vector<MarkerEnvironment> pythons;
  for (const auto& python : configuration.smoke.pythons) {
    auto asked = desk::ask_marker_environment(context_.processes(), python, context_.search_path(),
                                              context_.temporary());
    if (asked.ok()) pythons.push_back(*std::move(asked));  // python.venv reports one that is not there
  }
  add(desk::examine_dependencies({.index = index,
                                  .requirements = *std::move(requirements),
                                  .extras = configuration.smoke.extras,
                                  .pythons = std::move(pythons)}));
}

void Diagnosis::examine_machine() {
  const auto smoke = configuration_ ? configuration_->smoke : smoke::SmokePolicy{};
  add(desk::examine_python(context_.processes(), smoke, context_.search_path(), context_.temporary()));
  const auto state = context_.state_folder();
  if (state.ok()) return add(desk::examine_state(context_.disk(), *state));
  CheckBuilder exam;
  exam.require("state.writable", false, "a folder for journals", state.error().message, state.error().hint);
  add(exam.take());
}

/// Of what a program of a release could read.
void Diagnosis::warn_of_processes() {
  if (::geteuid() == 0) {
    context_.console().warn(
        "packhouse runs as root, and so do the programs that the smoke check runs: use an "
        "account that has nothing else");
  }
  for (const Ancestor& each : read_ancestors()) {
    if (context_.redactor().redact(each.environment) == each.environment) continue;
    context_.console().warn(fmt::format(
        "process {} ({}), which started this one, shows a secret in /proc/{}/environ: start packhouse with "
        "exec, or hand the secrets to its step alone",
        each.pid, quote(each.name), each.pid));
  }
}

void Diagnosis::run() {
  warn_of_processes();
  examine_settings();
  examine_secrets();
  // No request goes to a public index, nor to a peer whose secret is missing.
  const bool secrets_are_good = all_passed(checks_);
  if (configuration_ && !context_.secrets().forge_token(*configuration_->forge).empty())
    examine_forge(*configuration_);
  if (configuration_ && secrets_are_good) examine_index(*configuration_);
  examine_machine();
}

ExitCode run_doctor(const DeskOptions& options) {
  const auto context = CommandContext::make(options);
  if (!context.ok()) return report(context.error());
  const InterruptGuard guard((*context)->temporary());
  Diagnosis diagnosis(**context);
  diagnosis.run();
  const bool healthy = all_passed(diagnosis.checks());
  console::Console& console = (*context)->console();
  console.summarise_checks("doctor", diagnosis.checks());
  (*context)->conclude(
      {{"outcome", healthy ? "healthy" : "findings"}, {"checks", to_json(diagnosis.checks())}},
      diagnosis.checks());
  const auto findings = refused_ids(diagnosis.checks());
  console.line(healthy ? "nothing to cure" : fmt::format("findings: {}", fmt::join(findings, ", ")));
  return healthy ? ExitCode::ok : exit_code_for(worst_refusal(diagnosis.checks()));
}

}  // namespace

void register_doctor(Command root) {
  auto options = std::make_shared<DeskOptions>();  // shared by the parser and the action
  const auto command = root.command(
      "doctor", "Examine secrets, forge, index, clocks and Python before a promotion; releases nothing",
      options, run_doctor);
  options->add_to(command);
}

}  // namespace packhouse::app
