#include "wiring/command_context.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "base/text.hpp"
#include "console/command_outcome.hpp"
#include "sys/interrupt_watch.hpp"
#include "wiring/trust.hpp"

namespace packhouse::app {
namespace {

constexpr int grace_milliseconds = 3000;

void write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(descriptor, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;  // nobody listens any more
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

std::function<void(std::string_view)> writer(int descriptor) {
  return [descriptor](std::string_view text) { write_all(descriptor, text); };
}

// The runner names a file that each step may add to.
std::function<void(std::string_view)> summary_writer() {
  const auto path = environment_variable("GITHUB_STEP_SUMMARY");
  if (!path) return nullptr;
  return [path = *path](std::string_view text) {
    const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644));
    if (file.valid()) write_all(file.get(), text);
  };
}

console::ConsoleOptions output_options(bool json) {
  const int text = json ? STDERR_FILENO : STDOUT_FILENO;
  const bool github = environment_variable("GITHUB_ACTIONS") == "true";
  console::ConsoleOptions options{.text = writer(text)};
  if (json) options.document = writer(STDOUT_FILENO);
  options.terminal = !github && ::isatty(text) != 0;
  options.github = github;
  if (github) options.summary = summary_writer();
  return options;
}

}  // namespace

std::optional<std::string> environment_variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): set before any thread is started
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

void DeskOptions::add_to(Command command) {
  command.text("--config", config, "A pyproject.toml or packhouse.toml (default: of this folder)")
      .placeholder("FILE");
  command.text("--state", state, "Where journals and logs are kept (default: the XDG state folder)")
      .placeholder("FOLDER");
  command.flag("--json", json, "One JSON document on stdout, everything else on stderr");
}

Result<std::unique_ptr<Desk>> Desk::make(const DeskOptions& options) {
  TRY(auto temporary, TemporaryFolder::make("packhouse-desk-"));
  ::setenv("TMPDIR", temporary.path().c_str(), 1);  // NOLINT(concurrency-mt-unsafe): before any thread
  return std::unique_ptr<Desk>(new Desk(options, std::move(temporary)));
}

Desk::Desk(const DeskOptions& options, TemporaryFolder temporary)
    : options_(options),
      temporary_(std::move(temporary)),
      secrets_(DeskSecrets::take()),
      disk_(make_posix_file_system()),
      processes_(make_process_runner()),
      authorities_(environment_variable("SSL_CERT_FILE").value_or("")) {
  learn_secrets();
  learn_proxies();
  console_ = std::make_unique<console::Console>(output_options(options_.json), redactor_, clock_);
  console_->mask(masked_);
}

// Every spelling in which it could show up.
void Desk::learn(const Secret& secret) {
  if (secret.empty() || std::ranges::find(masked_, secret) != masked_.end()) return;
  masked_.push_back(secret);
  redactor_.add(secret);
  if (console_) console_->mask({secret});
}

// A user name that everybody has is no secret, and masking it would black out half of the output.
void Desk::learn_pair(const std::string& user, const Secret& password) {
  learn(password);
  redactor_.add_basic(user, password);
  if (user != "__token__" && user.size() >= 4) learn(Secret{user});
}

// curl takes "user:password@host:port" for a proxy, with a scheme or without.
void Desk::learn_proxies() {
  for (const char* name : http::proxy_variables) {
    const std::string text = environment_variable(name).value_or("");
    const std::size_t scheme = text.find("://");
    const std::string_view rest = std::string_view(text).substr(scheme == std::string::npos ? 0 : scheme + 3);
    const std::size_t at = rest.rfind('@', rest.find('/'));
    if (at == std::string_view::npos) continue;
    const std::string_view userinfo = rest.substr(0, at);
    const std::size_t colon = userinfo.find(':');
    learn(Secret{std::string(userinfo)});
    if (colon == std::string_view::npos) continue;
    learn(Secret{std::string(userinfo.substr(colon + 1))});
    const auto user = percent_decode(userinfo.substr(0, colon));
    const auto password = percent_decode(userinfo.substr(colon + 1));
    if (user && password) learn_pair(*user, Secret{*password});
  }
}

void Desk::learn_secrets() {
  learn(secrets_.github_token);
  learn(secrets_.gitlab_token);
  learn(secrets_.gitea_token);
  learn_pair(secrets_.username.reveal(), secrets_.password);
  for (const Secret* text : {&secrets_.repository_url, &secrets_.pip_index_url}) {
    const auto url = http::Url::parse(text->reveal());
    if (!url.ok() || !url->has_credentials()) continue;
    learn(*text);
    learn_pair(url->user, url->password);
    // As it was written, which need not be how it would be encoded.
    const std::string_view authority =
        std::string_view(text->reveal()).substr(text->reveal().find("://") + 3);
    const std::string_view userinfo = authority.substr(0, authority.rfind('@', authority.find('/')));
    learn(Secret{std::string(userinfo)});
    const std::size_t colon = userinfo.find(':');
    if (colon != std::string_view::npos) learn(Secret{std::string(userinfo.substr(colon + 1))});
  }
}

Result<DeskConfiguration> Desk::read_configuration() {
  const auto given = options_.config.empty() ? std::nullopt : std::optional<Path>(options_.config);
  TRY(auto configuration,
      read_desk_configuration(*disk_, given, std::filesystem::current_path(), environment_variable));
  TRY(authorities_, trusted_authorities(*disk_, temporary(), configuration.ca_file, environment_variable));
  return configuration;
}

http::Client& Desk::client() {
  if (!client_) {
    client_.emplace(
        http::make_client({.user_agent = "packhouse/" PACKHOUSE_VERSION, .ca_file = authorities_.string()}),
        redactor_);
  }
  return *client_;
}

smoke::PipNetwork Desk::pip_network() const {
  smoke::PipNetwork network{.authorities = authorities_, .proxies = {}};
  for (const char* name : http::proxy_variables)
    if (auto value = environment_variable(name)) network.proxies.emplace_back(name, *std::move(value));
  return network;
}

Result<Path> Desk::state_folder() const {
  if (!options_.state.empty()) return std::filesystem::absolute(options_.state).lexically_normal();
  const auto xdg = environment_variable("XDG_STATE_HOME");
  if (xdg && xdg->starts_with('/')) return Path(*xdg) / "packhouse";
  const auto home = environment_variable("HOME");
  if (home && home->starts_with('/')) return Path(*home) / ".local" / "state" / "packhouse";
  return Error{Errc::invalid_input, "expected a folder for journals, found neither XDG_STATE_HOME nor HOME",
               "name one with --state"};
}

std::string Desk::actor() const {
  for (const char* name : {"GITHUB_ACTOR", "GITLAB_USER_LOGIN", "LOGNAME", "USER"})
    if (auto value = environment_variable(name)) return *value;
  return fmt::format("uid {}", ::getuid());
}

std::string Desk::search_path() const {
  return environment_variable("PATH").value_or("/usr/local/bin:/usr/bin:/bin");
}

ExitCode Desk::fail(const Error& error) {
  return fail(error, {{"outcome", "error"}, {"error", to_json(error)}});
}

ExitCode Desk::fail(const Error& error, const json::Object& document) {
  console_->error(error);
  console_->document(document);
  return desk_exit_code(error.code);
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
  }
  return ExitCode::refused;
}

// ----- interrupts

struct InterruptGuard::State {
  explicit State(Path folder) : temporary(std::move(folder)), done(::eventfd(0, EFD_CLOEXEC)) {}

  void watch_signals() const {
    std::array<pollfd, 2> waiting{{{interrupt.fd(), POLLIN, 0}, {done.get(), POLLIN, 0}}};
    while (::poll(waiting.data(), waiting.size(), -1) < 0 && errno == EINTR) {
    }
    if (interrupt.signal() == 0) return;
    pollfd ended{done.get(), POLLIN, 0};
    if (::poll(&ended, 1, grace_milliseconds) > 0) return;
    std::error_code ignored;
    std::filesystem::remove_all(temporary, ignored);
    write_all(STDERR_FILENO, "interrupted: the same command goes on from what is true\n");
    ::_exit(static_cast<int>(ExitCode::interrupted));
  }

  Path temporary;
  InterruptWatch interrupt;
  FileDescriptor done;
  std::thread thread;
};

InterruptGuard::InterruptGuard(Path temporary) : state_(std::make_unique<State>(std::move(temporary))) {
  state_->thread = std::thread([this] { state_->watch_signals(); });
}

InterruptGuard::~InterruptGuard() {
  ::eventfd_write(state_->done.get(), 1);
  state_->thread.join();
}

}  // namespace packhouse::app
