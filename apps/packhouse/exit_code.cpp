#include "exit_code.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace packhouse::app {

ExitCode exit_code_for(Errc code) noexcept {
  switch (code) {
    case Errc::invalid_input:
      return ExitCode::usage;
    case Errc::unauthenticated:
    case Errc::forbidden:
      return ExitCode::unauthenticated;
    case Errc::not_found:
    case Errc::gone:
      return ExitCode::missing;
    case Errc::conflict:
      return ExitCode::conflict;
    case Errc::refused:
    case Errc::too_large:
      return ExitCode::refused;
    case Errc::rate_limited:
    case Errc::unavailable:
      return ExitCode::transient;
    case Errc::cancelled:
      return ExitCode::interrupted;
    case Errc::internal:
      return ExitCode::internal;
  }
  return ExitCode::internal;
}

ExitCode report(const Error& error) {
  fmt::print(stderr, "error: {}\n", error.message);
  if (!error.hint.empty()) fmt::print(stderr, "hint: {}\n", error.hint);
  return exit_code_for(error.code);
}

ExitCode finish(const Result<ExitCode>& done) {
  return done.ok() ? *done : report(done.error());
}

ExitCode finish(const Status& done) {
  return done.ok() ? ExitCode::ok : report(done.error());
}

}  // namespace packhouse::app
