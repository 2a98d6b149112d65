#pragma once

#include <memory>
#include <optional>
#include <string>

#include "command_line.hpp"
#include "config/desk_configuration.hpp"
#include "config/desk_secrets.hpp"
#include "console/console.hpp"
#include "desk/status.hpp"
#include "evidence/check.hpp"
#include "http/client.hpp"
#include "http/redacting_client.hpp"
#include "smoke/smoke_check.hpp"
#include "sys/clock.hpp"
#include "sys/file_system.hpp"
#include "sys/process.hpp"
#include "sys/temporary_folder.hpp"
#include "wiring/interrupt_guard.hpp"
#include "wiring/secret_mask.hpp"

namespace packhouse::app {

/// What the desk's subcommands share on the command line.
struct DeskOptions {
  std::string config;
  std::string state;
  bool json = false;

  void add_to(Command command);
};

/// The outside world of one desk subcommand. Made before any thread is started.
class CommandContext {
 public:
  /// Takes the secrets out of the environment; has the runner mask them before anything else is shown.
  static Result<std::unique_ptr<CommandContext>> make(const DeskOptions& options);
  CommandContext(const CommandContext&) = delete;
  CommandContext& operator=(const CommandContext&) = delete;

  /// From --config or the working folder. Its network settings hold for client() and pip_network() from here
  /// on.
  Result<DeskConfiguration> read_configuration();
  /// The project's: that of the file of --config where it is below the working folder, else the working
  /// folder.
  Path project_folder() const;
  /// --state, or $XDG_STATE_HOME/packhouse, or ~/.local/state/packhouse; absolute.
  Result<Path> state_folder() const;
  Result<desk::JournalPlace> journal_place();
  std::string actor() const;
  std::string search_path() const;

  /// Where every temporary file of this process is: TMPDIR.
  const Path& temporary() const noexcept { return temporary_.path(); }
  const DeskSecrets& secrets() const noexcept { return secrets_; }
  /// The secrets with what opens the index. Where none was given and the CI says which run this is, the index
  /// is asked for a token of that run, once: trusted publishing. Read the configuration before.
  Result<DeskSecrets> index_secrets();
  /// Masks a secret that became known during the run, such as a session's token. On the main thread, and not
  /// while a program runs.
  void mask(const Secret& secret);
  console::Console& console() noexcept { return *console_; }
  const Redactor& redactor() const noexcept { return mask_.redactor(); }
  /// Made on the first call: read the configuration before.
  http::Client& client();
  /// How the smoke check's pip reaches what client() reaches.
  smoke::PipNetwork pip_network() const;
  FileSystem& disk() noexcept { return *disk_; }
  ProcessRunner& processes() noexcept { return *processes_; }
  Clock& clock() noexcept { return clock_; }

  /// The document of --json, and the step summary with the outcome first.
  void conclude(const json::Object& document, const Checks& checks);
  /// Shows an error; where no document was made yet, --json gets one too. Returns the exit code.
  ExitCode fail(const Error& error);
  /// The same for an outcome that already has its document.
  ExitCode fail(const Error& error, const json::Object& document);
  /// The last line about refused checks, and their exit code.
  ExitCode refuse(const Checks& checks);

 private:
  CommandContext(const DeskOptions& options, TemporaryFolder temporary);

  DeskOptions options_;
  TemporaryFolder temporary_;
  DeskSecrets secrets_;
  SecretMask mask_;
  SystemClock clock_;
  std::unique_ptr<FileSystem> disk_;
  std::unique_ptr<ProcessRunner> processes_;
  Path authorities_;  // empty: those that the libraries take by themselves
  std::optional<http::RedactingClient> client_;
  std::unique_ptr<console::Console> console_;
};

/// The exit code of a desk command's error: `forbidden` is a refusal there, and not a lack of rights.
ExitCode desk_exit_code(Errc code) noexcept;
ExitCode exit_code_for(RefusalKind refusal) noexcept;

/// Makes the context that `options` describe and lets `work`, which returns a Result<ExitCode>, use it.
template <typename Work>
ExitCode with_context(const DeskOptions& options, const Work& work) {
  const auto context = CommandContext::make(options);
  if (!context.ok()) return report(context.error());
  const Result<ExitCode> code = work(**context);
  return code.ok() ? *code : (*context)->fail(code.error());
}

/// The same for work that may be interrupted at any moment.
template <typename Work>
ExitCode with_guarded_context(const DeskOptions& options, const Work& work) {
  return with_context(options, [&](CommandContext& context) -> Result<ExitCode> {
    const InterruptGuard guard(context.temporary());
    return work(context);
  });
}

}  // namespace packhouse::app
