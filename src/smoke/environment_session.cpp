#include "smoke/environment_session.hpp"

#include <fmt/format.h>

#include <chrono>
#include <iterator>

#include "base/text.hpp"
#include "smoke/program_end.hpp"

namespace packhouse::smoke {
namespace {

/// A word as Python's reader of .netrc takes it apart.
std::string netrc_word(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

}  // namespace
Result<SmokeEnvironment> SmokeEnvironment::open(const SmokePolicy& policy, const client::IndexAddress& index,
                                                const Path& log, SmokeTools tools, VirtualEnvironment fresh,
                                                std::string_view heading) {
  SmokeEnvironment environment(policy, std::move(tools), std::move(fresh));
  TRY(environment.pip_home_, TemporaryFolder::make("packhouse-smoke-"));
  TRY(environment.log_, environment.tools_.disk.append(log));
  if (!heading.empty()) {
    CHECK_OK(environment.log_->write(fmt::format("==== {}\n\n", heading)));
  }
  CHECK_OK(environment.log_->write(environment.tools_.redactor.redact(environment.fresh_.log)));
  if (!index.auth) return environment;
  // argv can be read by every user of the machine, so the credential goes by a file that only we can read.
  CHECK_OK(
      environment.write_file(environment.pip_home() / ".netrc", netrc_text(index.url, *index.auth).reveal()));
  return environment;
}

/// What speaks to the index, and may read its credential.
Command SmokeEnvironment::client(std::vector<std::string> arguments) const {
  Command command;
  command.arguments = std::move(arguments);
  command.environment = environment_variables(tools_, folder(), pip_home());
  // Through the environment and not as --proxy: a proxy's address may hold a password.
  command.environment.insert(command.environment.end(), tools_.network.proxies.begin(),
                             tools_.network.proxies.end());
  command.folder = folder();
  command.timeout = policy_->install_timeout;
  return command;
}

std::vector<std::string> SmokeEnvironment::pip_words(std::vector<std::string> arguments) const {
  std::vector<std::string> words{
      python().string(), "-I", "-m", "pip", "--isolated", "--no-input", "--disable-pip-version-check"};
  words.insert(words.end(), std::make_move_iterator(arguments.begin()),
               std::make_move_iterator(arguments.end()));
  return words;
}

Command SmokeEnvironment::pip(std::vector<std::string> arguments) const {
  if (const Path& authorities = tools_.network.authorities; !authorities.empty())
    arguments.insert(arguments.begin(), {"--cert", authorities.string()});
  return client(pip_words(std::move(arguments)));
}

Command SmokeEnvironment::offline_pip(std::vector<std::string> arguments) const {
  auto command = program(pip_words(std::move(arguments)));
  command.timeout = policy_->install_timeout;
  return command;
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
  command.environment = environment_variables(tools_, folder(), home());
  command.folder = folder();
  command.containment = containment_;
  if (containment_ == Containment::namespaces) command.hidden = hidden();
  return command;
}

/// Beside what the policy names: the temporary folders of this desk and of all others, which may hold a
/// credential, but for this one's.
std::vector<Path> SmokeEnvironment::hidden() const {
  constexpr std::string_view ours = "packhouse-";
  std::vector<Path> paths = policy_->hidden;
  for (Path own = folder(); own.filename().string().starts_with(ours); own = own.parent_path()) {
    const auto names = tools_.disk.list(own.parent_path());
    if (!names.ok()) break;
    for (const std::string& name : *names)
      if (name.starts_with(ours) && name != own.filename()) paths.push_back(own.parent_path() / name);
  }
  return paths;
}

Result<ProcessResult> SmokeEnvironment::start(std::string_view title, Command command,
                                              console::Console::Section* section) {
  CHECK_OK(log_->write(tools_.redactor.redact(log_head(title, command.arguments))));
  RedactingStream redacted(tools_.redactor);
  Status written = success();
  command.on_output = [&](std::string_view chunk) {
    if (written.ok()) written = log_->write(redacted.feed(chunk));
    if (section != nullptr) section->feed(chunk);
  };
  command.stop = tools_.stop;
  const auto begun = std::chrono::steady_clock::now();
  auto result = tools_.processes.run(command);
  const auto taken = std::chrono::steady_clock::now() - begun;
  CHECK_OK(written);
  const std::string how = result.ok() ? describe(*result) : tools_.redactor.redact(result.error().message);
  CHECK_OK(log_->write(redacted.finish() + log_end(how, taken)));
  return result;
}

Status SmokeEnvironment::write_file(const Path& path, std::string_view text) {
  TRY(const auto file, tools_.disk.create(path));
  return file->write(text);
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
                      const Redactor& redactor, const Cause& cause) {
  std::string found = result.succeeded() ? describe(result) : describe_end(result, redactor);
  CheckBuilder exam;
  exam.on({"smoke-log"})
      .require(id, result.succeeded(), std::move(expected), std::move(found), cause.hint, cause.refusal);
  return exam.take().front();
}

void show_output(const SmokeTools& tools, const ProcessResult& result) {
  constexpr std::size_t lines = 200;
  if (trim(result.output).empty() && trim(result.errors).empty()) return;
  console::Console::Section section(tools.console, "  what it printed:");
  for (const std::string* stream : {&result.output, &result.errors}) {
    const std::string text = last_lines(*stream, lines);
    if (!text.empty()) section.feed(text + "\n");
  }
}

Secret netrc_text(const http::Url& url, const http::BasicAuth& auth) {
  return Secret{fmt::format("machine {} login {} password {}\n", url.host, netrc_word(auth.user),
                            netrc_word(auth.password.reveal()))};
}

}  // namespace packhouse::smoke
