#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/redactor.hpp"
#include "command_line.hpp"
#include "config/desk_configuration.hpp"
#include "console/console.hpp"
#include "evidence/check.hpp"
#include "http/client.hpp"
#include "http/redacting_client.hpp"
#include "smoke/smoke_check.hpp"
#include "sys/clock.hpp"
#include "sys/file_system.hpp"
#include "sys/process.hpp"
#include "sys/temporary_folder.hpp"

namespace packhouse::app {

/// What the desk's subcommands share on the command line.
struct DeskOptions {
  std::string config;
  std::string state;
  bool json = false;

  void add_to(Command command);
};

/// One run of a desk subcommand: the outside world, wired once. Made before any thread is started.
class Desk {
 public:
  /// Takes the secrets out of the environment; has the runner mask them before anything else is shown.
  static Result<std::unique_ptr<Desk>> make(const DeskOptions& options);
  Desk(const Desk&) = delete;
  Desk& operator=(const Desk&) = delete;

  /// From --config or the folder the command was called in. What it says of the network holds for client()
  /// and pip_network() from here on.
  Result<DeskConfiguration> read_configuration();
  /// --state, or $XDG_STATE_HOME/packhouse, or ~/.local/state/packhouse; absolute.
  Result<Path> state_folder() const;
  std::string actor() const;
  std::string search_path() const;

  /// Where every temporary file of this process is: TMPDIR.
  const Path& temporary() const noexcept { return temporary_.path(); }
  const DeskSecrets& secrets() const noexcept { return secrets_; }
  /// Masks what became known on the way, such as a session's token, from here on. On the desk's own thread,
  /// and not while a program runs.
  void learn(const Secret& secret);
  console::Console& output() noexcept { return *console_; }
  const Redactor& redactor() const noexcept { return redactor_; }
  /// Made when it is first asked for: read the configuration before.
  http::Client& client();
  /// How the smoke check's pip reaches what client() reaches.
  smoke::PipNetwork pip_network() const;
  FileSystem& disk() noexcept { return *disk_; }
  ProcessRunner& processes() noexcept { return *processes_; }
  Clock& clock() noexcept { return clock_; }

  /// Shows an error; where no document was made yet, --json gets one too. Gives the exit code.
  ExitCode fail(const Error& error);
  /// The same for an outcome that already has its document.
  ExitCode fail(const Error& error, const json::Object& document);

 private:
  Desk(const DeskOptions& options, TemporaryFolder temporary);
  void learn_secrets();
  void learn_pair(const std::string& user, const Secret& password);
  void learn_proxies();

  DeskOptions options_;
  TemporaryFolder temporary_;
  DeskSecrets secrets_;
  std::vector<Secret> masked_;
  Redactor redactor_;
  SystemClock clock_;
  std::unique_ptr<FileSystem> disk_;
  std::unique_ptr<ProcessRunner> processes_;
  Path authorities_;  // empty: those that the libraries take by themselves
  std::optional<http::RedactingClient> client_;
  std::unique_ptr<console::Console> console_;
};

std::optional<std::string> environment_variable(const char* name);

/// The desk's own reading of an error: what it refuses to do is a refusal, and not a lack of rights.
ExitCode desk_exit_code(Errc code) noexcept;
ExitCode exit_code_for(RefusalKind refusal) noexcept;

/// While it lives, SIGINT and SIGTERM leave the work three seconds to end by itself (a program that is being
/// run is stopped at once), then remove `temporary` and end the process with 130. The journal needs no
/// farewell: it is whole at any moment.
class InterruptGuard {
 public:
  explicit InterruptGuard(Path temporary);
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Makes the desk that `options` describe and lets `work`, which gives a Result<ExitCode>, use it.
template <typename Work>
ExitCode at_desk(const DeskOptions& options, const Work& work) {
  const auto desk = Desk::make(options);
  if (!desk.ok()) return report(desk.error());
  const Result<ExitCode> code = work(**desk);
  return code.ok() ? *code : (*desk)->fail(code.error());
}

/// The same for what may be interrupted at any moment.
template <typename Work>
ExitCode at_guarded_desk(const DeskOptions& options, const Work& work) {
  return at_desk(options, [&](Desk& desk) -> Result<ExitCode> {
    const InterruptGuard guard(desk.temporary());
    return work(desk);
  });
}

}  // namespace packhouse::app
