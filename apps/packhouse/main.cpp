#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <initializer_list>
#include <string_view>

#include "command_examples.hpp"
#include "commands/commands.hpp"
#include "sys/containment.hpp"
#include "sys/core_dump.hpp"

namespace packhouse::app {
namespace {

// Every subcommand, in the order in which it is needed.
void register_all(Command root) {
  const auto add = [&](const char* heading, std::initializer_list<Register> commands) {
    root.heading(heading);
    for (const Register command : commands)
      command(root);
  };
  add("Releasing a package", {register_init, register_doctor, register_verify, register_promote,
                              register_approve, register_smoke, register_status, register_history,
                              register_rollback, register_unblock, register_recover, register_prove});
  add("Serving an index",
      {register_serve, register_health, register_config, register_user, register_token, register_name,
       register_upstream, register_project, register_release, register_delete, register_session,
       register_publisher, register_explain, register_freeze, register_mirror, register_downloads,
       register_recall, register_ledger, register_webhook});
  add("Looking after its data", {register_usage, register_audit, register_prune, register_gc, register_backup,
                                 register_restore, register_import, register_export, register_upgrade});
  add("Looking at files", {register_check, register_inspect});
  add("For the shell", {register_completion, register_man});
  add("For tests", {register_fail_points});
}

int run(int argc, const char* const* argv) {
  CommandLine line("Packhouse: a private Python package index and a release desk.",
                   "packhouse " PACKHOUSE_VERSION);
  register_all(line.root());
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
