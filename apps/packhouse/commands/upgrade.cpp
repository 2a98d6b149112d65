// packhouse upgrade: the database of an older version, and a copy of it as it was.
#include <fmt/format.h>

#include <memory>
#include <string>

#include "commands/commands.hpp"
#include "wiring/data_folder.hpp"

namespace packhouse::app {
namespace {

struct UpgradeOptions {
  std::string data = "packhouse-data";
  bool check = false;
};

Result<ExitCode> run_upgrade(const UpgradeOptions& options) {
  CHECK_OK(DataFolder::require(options.data));
  TRY(const auto steps, missing_steps(options.data));
  if (steps.found >= steps.known) {
    fmt::print("schema {}: nothing to do\n", steps.found);
    return ExitCode::ok;
  }
  if (options.check) {
    fmt::print("schema {}, and this program needs {}: packhouse upgrade brings it there\n", steps.found,
               steps.known);
    return ExitCode::refused;
  }
  TRY(const auto data, DataFolder::open(options.data, Sharing::alone, Opening::upgrade));
  fmt::print("schema {} is now {}; what it was is in {}\n", steps.found, steps.known,
             kept_before(data.path, steps.known).string());
  return ExitCode::ok;
}

}  // namespace

void register_upgrade(Command root) {
  const auto options = std::make_shared<UpgradeOptions>();  // shared by the parser and the action
  const auto command = root.command(
      "upgrade", "Bring the database of an older version to this one, and keep a copy", options, run_upgrade);
  add_data(command, options->data);
  command.flag("--check", options->check, "Change nothing; exit 3 where there is something to do");
}

}  // namespace packhouse::app
