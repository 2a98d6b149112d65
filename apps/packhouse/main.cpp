#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <exception>
#include <string_view>

#include "command_examples.hpp"
#include "commands/commands.hpp"
#include "commands/upstream_commands.hpp"
#include "sys/containment.hpp"
#include "sys/core_dump.hpp"

namespace packhouse::app {
namespace {

// One line for each subcommand that exists.
constexpr auto commands = std::to_array<Register>({
    register_approve, register_audit,     register_backup,  register_check,       register_delete,
    register_doctor,  register_downloads, register_explain, register_fail_points, register_freeze,
    register_gc,      register_history,   register_init,    register_inspect,     register_ledger,
    register_mirror,  register_name,      register_project, register_promote,     register_recall,
    register_recover, register_release,   register_restore, register_rollback,    register_serve,
    register_session, register_smoke,     register_status,  register_token,       register_unblock,
    register_upgrade, register_upstream,  register_user,    register_verify,
});

int run(int argc, const char* const* argv) {
  CommandLine line("Packhouse: a private Python package index and a release desk.",
                   "packhouse " PACKHOUSE_VERSION);
  for (const Register add : commands)
    add(line.root());
  for (const std::string_view example : command_examples())
    line.add_example(example);
  return static_cast<int>(line.run(argc, argv));
}

}  // namespace

Option add_data(Command command, std::string& data) {
  return command.text("--data", data, "Folder of the index").show_default();
}

void add_data_or_url(Command command, std::string& data, std::optional<std::string>& url) {
  const Option folder = add_data(command, data);
  command.text("--url", url, "Work over HTTP, with the token from PACKHOUSE_TOKEN").excludes(folder);
}

}  // namespace packhouse::app

int main(int argc, char** argv) {
  packhouse::run_as_container_if_asked({argv, static_cast<std::size_t>(argc)});
  packhouse::forbid_core_dumps();
  try {
    return packhouse::app::run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "error: internal: {}\n", error.what());
    return static_cast<int>(packhouse::app::ExitCode::internal);
  }
}
