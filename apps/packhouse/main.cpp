#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <exception>

#include "command.hpp"
#include "sys/core_dump.hpp"

namespace packhouse::app {
namespace {

// One line for each subcommand that exists.
constexpr auto commands = std::to_array<Register>({
    register_approve,     register_audit,   register_check,   register_delete,  register_doctor,
    register_fail_points, register_gc,      register_history, register_init,    register_inspect,
    register_ledger,      register_project, register_promote, register_recover, register_release,
    register_rollback,    register_serve,   register_smoke,   register_status,  register_token,
    register_unblock,     register_user,    register_verify,
});

int run(int argc, const char* const* argv) {
  CLI::App root{"Packhouse: a private Python package index and a release desk."};
  root.set_version_flag("--version", "packhouse " PACKHOUSE_VERSION);
  root.require_subcommand(1);
  Action chosen;
  for (const Register add : commands)
    add(root, chosen);
  try {
    root.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return root.exit(error) == 0 ? static_cast<int>(ExitCode::ok) : static_cast<int>(ExitCode::usage);
  }
  return static_cast<int>(chosen());
}

}  // namespace

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

CLI::Option* add_data(CLI::App& command, std::string& data) {
  return command.add_option("--data", data, "Folder of the index")->capture_default_str();
}

void add_data_or_url(CLI::App& command, std::string& data, std::optional<std::string>& url) {
  auto* folder = add_data(command, data);
  command.add_option("--url", url, "Work over HTTP, with the token from PACKHOUSE_TOKEN")->excludes(folder);
}

}  // namespace packhouse::app

int main(int argc, char** argv) {
  packhouse::forbid_core_dumps();
  try {
    return packhouse::app::run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "error: internal: {}\n", error.what());
    return static_cast<int>(packhouse::app::ExitCode::internal);
  }
}
