#include <fmt/format.h>

#include <memory>
#include <string>

#include "commands/commands.hpp"
#include "config/server_configuration.hpp"
#include "wiring/index_server.hpp"

namespace packhouse::app {
namespace {

struct ConfigOptions {
  std::string file;
  bool form = false;
};

Status check(const ConfigOptions& options) {
  TRY(auto configuration, read_configuration(options.file));
  if (!options.form) {
    configuration.listen.port = 0;  // a server may have it now
    CHECK_OK(IndexServer::rehearse(configuration));
  }
  fmt::print("{}: sound\n", options.file);
  return success();
}

}  // namespace

void register_config(Command root) {
  const auto options = std::make_shared<ConfigOptions>();  // shared by the parser and the action
  const auto group = root.group("config", "Look at the configuration of an index");
  const auto command = group.command(
      "check", "Say all that is wrong with a configuration, before a server takes it", options, check);
  command.text("file", options->file, "TOML, as packhouse serve --config takes it").required();
  command.flag("--form", options->form,
               "Only its keys and values, not the files, passwords and addresses that it names");
}

}  // namespace packhouse::app
