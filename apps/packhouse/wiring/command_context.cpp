#include "wiring/command_context.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "console/command_outcome.hpp"
#include "wiring/console_output.hpp"
#include "wiring/environment.hpp"
#include "wiring/trust.hpp"

namespace packhouse::app {

void DeskOptions::add_to(Command command) {
  command.text("--config", config, "A pyproject.toml or packhouse.toml (default: of this folder)")
      .placeholder("FILE");
  command.text("--state", state, "Where journals and logs are kept (default: the XDG state folder)")
      .placeholder("FOLDER");
  command.flag("--json", json, "One JSON document on stdout, everything else on stderr");
}

Result<std::unique_ptr<CommandContext>> CommandContext::make(const DeskOptions& options) {
  TRY(auto temporary, TemporaryFolder::make("packhouse-desk-"));
  ::setenv("TMPDIR", temporary.path().c_str(), 1);
  return std::unique_ptr<CommandContext>(new CommandContext(options, std::move(temporary)));
}

CommandContext::CommandContext(const DeskOptions& options, TemporaryFolder temporary)
    : options_(options),
      temporary_(std::move(temporary)),
      secrets_(DeskSecrets::take()),
      disk_(make_posix_file_system()),
      processes_(make_process_runner()),
      authorities_(environment_variable("SSL_CERT_FILE").value_or("")) {
  mask_.add(secrets_);
  for (const char* name : http::proxy_variables)
    mask_.add_proxy(environment_variable(name).value_or(""));
  console_ = std::make_unique<console::Console>(output_options(options_.json), mask_.redactor(), clock_);
  console_->mask(mask_.secrets());
}

void CommandContext::mask(const Secret& secret) {
  if (mask_.add(secret)) console_->mask({secret});
}

namespace {

/// Where credentials of a user usually are.
std::vector<Path> private_places(const Path& home) {
  std::vector<Path> places;
  for (const std::string_view each :
       {".netrc", "_netrc", ".pypirc", ".git-credentials", ".pip", ".config/pip", ".config/uv", ".config/gh",
        ".config/git", ".cache/pip", ".ssh", ".gnupg", ".aws", ".azure", ".docker", ".kube"}) {
    places.push_back(home / each);
  }
  return places;
}

}  // namespace

Result<DeskConfiguration> CommandContext::read_configuration() {
  const auto given = options_.config.empty() ? std::nullopt : std::optional<Path>(options_.config);
  TRY(auto configuration,
      read_desk_configuration(*disk_, given, std::filesystem::current_path(), environment_variable));
  TRY(authorities_, trusted_authorities(*disk_, temporary(), configuration.ca_file, environment_variable));
  const auto home = environment_variable("HOME");
  if (home && home->starts_with('/')) configuration.smoke.hidden = private_places(*home);
  if (auto state = state_folder(); state.ok()) configuration.smoke.hidden.push_back(*std::move(state));
  return configuration;
}

Result<DeskSecrets> CommandContext::index_secrets() {
  if (!secrets_.wants_exchange()) return secrets_;
  TRY(const auto upload, parse_address("PRIVATE_INDEX_REPOSITORY_URL", secrets_.repository_url));
  TRY(const auto token, client::exchange_identity(client(), upload.url, secrets_.identity,
                                                  [this](const Secret& secret) { mask(secret); }));
  secrets_.take_token(token);
  return secrets_;
}

Path CommandContext::project_folder() const {
  const Path here = std::filesystem::current_path();
  if (options_.config.empty()) return here;
  const Path folder = std::filesystem::absolute(options_.config).lexically_normal().parent_path();
  return *folder.lexically_relative(here).begin() == ".." ? here : folder;
}

http::Client& CommandContext::client() {
  if (!client_) {
    client_.emplace(
        http::make_client({.user_agent = "packhouse/" PACKHOUSE_VERSION, .ca_file = authorities_.string()}),
        mask_.redactor());
  }
  return *client_;
}

smoke::PipNetwork CommandContext::pip_network() const {
  smoke::PipNetwork network{.authorities = authorities_, .proxies = {}};
  for (const char* name : http::proxy_variables)
    if (auto value = environment_variable(name)) network.proxies.emplace_back(name, *std::move(value));
  return network;
}

Result<Path> CommandContext::state_folder() const {
  if (!options_.state.empty()) return std::filesystem::absolute(options_.state).lexically_normal();
  const auto xdg = environment_variable("XDG_STATE_HOME");
  if (xdg && xdg->starts_with('/')) return Path(*xdg) / "packhouse";
  const auto home = environment_variable("HOME");
  if (home && home->starts_with('/')) return Path(*home) / ".local" / "state" / "packhouse";
  return Error{Errc::invalid_input, "expected a folder for journals, found neither XDG_STATE_HOME nor HOME",
               "name one with --state"};
}

Result<desk::JournalPlace> CommandContext::journal_place() {
  TRY(auto state, state_folder());
  return desk::JournalPlace{*disk_, clock_, mask_.redactor(), std::move(state)};
}

std::string CommandContext::actor() const {
  for (const char* name : {"GITHUB_ACTOR", "GITLAB_USER_LOGIN", "LOGNAME", "USER"})
    if (auto value = environment_variable(name)) return *value;
  return fmt::format("uid {}", ::getuid());
}

std::string CommandContext::search_path() const {
  return environment_variable("PATH").value_or("/usr/local/bin:/usr/bin:/bin");
}

ExitCode CommandContext::fail(const Error& error) {
  return fail(error, {{"outcome", "error"}, {"error", to_json(error)}});
}

void CommandContext::conclude(const json::Object& document, const Checks& checks) {
  console_->document(document);
  console_->conclude(console::headline(document), checks);
}

ExitCode CommandContext::fail(const Error& error, const json::Object& document) {
  console_->error(error);
  conclude(document, {});
  return desk_exit_code(error.code);
}

ExitCode CommandContext::refuse(const Checks& checks) {
  console_->line(fmt::format("refused: {}", fmt::join(refused_ids(checks), ", ")));
  return exit_code_for(worst_refusal(checks));
}

ExitCode desk_exit_code(Errc code) noexcept {
  return code == Errc::forbidden ? ExitCode::refused : exit_code_for(code);
}

ExitCode exit_code_for(RefusalKind refusal) noexcept {
  switch (refusal) {
    case RefusalKind::policy:
      return ExitCode::refused;
    case RefusalKind::missing:
      return ExitCode::missing;
    case RefusalKind::conflict:
      return ExitCode::conflict;
    case RefusalKind::authentication:
      return ExitCode::unauthenticated;
    case RefusalKind::approval:
      return ExitCode::approval_missing;
    case RefusalKind::smoke:
      return ExitCode::smoke_failed;
    case RefusalKind::unavailable:
      return ExitCode::transient;
  }
  return ExitCode::refused;
}

}  // namespace packhouse::app
