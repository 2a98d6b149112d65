#pragma once

#include "base/result.hpp"

namespace packhouse::app {

/// What the process ends with; stable, for scripts and runners.
enum class ExitCode : int {
  ok = 0,
  internal = 1,         ///< a bug, or a machine out of order
  usage = 2,            ///< wrong words on the command line or in the configuration
  refused = 3,          ///< a named check refused
  unauthenticated = 4,  ///< a credential is missing or was not accepted
  missing = 5,          ///< the requested thing does not exist or has expired
  conflict = 6,         ///< other bytes exist under this name
  transient = 7,        ///< a peer failed, also after retries: try again later
  smoke_failed = 8,
  approval_missing = 9,
  interrupted = 130,
};

ExitCode exit_code_for(Errc code) noexcept;

/// Prints "error: …" and, if there is one, "hint: …" to stderr; returns the exit code.
ExitCode report(const Error& error);

/// The exit code of a command's result; an error is reported.
ExitCode finish(const Result<ExitCode>& done);
ExitCode finish(const Status& done);

}  // namespace packhouse::app
