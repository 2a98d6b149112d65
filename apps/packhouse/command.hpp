#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/result.hpp"

namespace packhouse::app {

/// What the process ends with; stable, for scripts and runners.
enum class ExitCode : int {
  ok = 0,
  internal = 1,         ///< our fault
  usage = 2,            ///< wrong words on the command line or in the configuration
  refused = 3,          ///< a named check said no
  unauthenticated = 4,  ///< a credential is missing or was not accepted
  missing = 5,          ///< what was asked for is not there or has expired
  conflict = 6,         ///< other bytes are there under this name
  transient = 7,        ///< a peer did not answer well, also after retries: try again later
  smoke_failed = 8,
  approval_missing = 9,
  interrupted = 130,
};

ExitCode exit_code_for(Errc code) noexcept;

/// Prints "error: …" and, if there is one, "hint: …" to stderr; gives the exit code.
ExitCode report(const Error& error);

/// What a command came to; an error is reported.
ExitCode finish(const Result<ExitCode>& done);
ExitCode finish(const Status& done);

/// How a subcommand joins the program: it adds itself to `root` and, when chosen, stores in `chosen` what is
/// to be run after the whole command line was read. The options live in the closure.
using Action = std::function<ExitCode()>;
using Register = void (*)(CLI::App& root, Action& chosen);

/// Adds a command to `parent`; `run` gets its options, which the parser and the action share, and gives an
/// ExitCode, or a Result or a Status to finish() with.
template <typename Options, typename Run>
CLI::App* add_command(CLI::App& parent, Action& chosen, const std::shared_ptr<Options>& options,
                      const char* name, const char* about, Run run) {
  auto* command = parent.add_subcommand(name, about);
  command->callback([options, run, &chosen] { chosen = [options, run] { return finish(run(*options)); }; });
  return command;
}

/// --data: the folder of an index.
CLI::Option* add_data(CLI::App& command, std::string& data);
/// --data or --url: on the folder of an index, or over HTTP.
void add_data_or_url(CLI::App& command, std::string& data, std::optional<std::string>& url);

void register_approve(CLI::App& root, Action& chosen);
void register_audit(CLI::App& root, Action& chosen);
void register_check(CLI::App& root, Action& chosen);
void register_delete(CLI::App& root, Action& chosen);
void register_doctor(CLI::App& root, Action& chosen);
void register_fail_points(CLI::App& root, Action& chosen);
void register_gc(CLI::App& root, Action& chosen);
void register_history(CLI::App& root, Action& chosen);
void register_init(CLI::App& root, Action& chosen);
void register_inspect(CLI::App& root, Action& chosen);
void register_ledger(CLI::App& root, Action& chosen);
void register_project(CLI::App& root, Action& chosen);
void register_promote(CLI::App& root, Action& chosen);
void register_recover(CLI::App& root, Action& chosen);
void register_release(CLI::App& root, Action& chosen);
void register_rollback(CLI::App& root, Action& chosen);
void register_serve(CLI::App& root, Action& chosen);
void register_smoke(CLI::App& root, Action& chosen);
void register_status(CLI::App& root, Action& chosen);
void register_token(CLI::App& root, Action& chosen);
void register_unblock(CLI::App& root, Action& chosen);
void register_user(CLI::App& root, Action& chosen);
void register_verify(CLI::App& root, Action& chosen);

}  // namespace packhouse::app
