#include "completion.hpp"

#include <fmt/format.h>

#include <memory>

#include "commands/commands.hpp"

namespace packhouse::app {
namespace {

struct CompletionOptions {
  std::string shell;
};

}  // namespace

void register_completion(Command root) {
  auto options = std::make_shared<CompletionOptions>();  // shared by the parser and the action
  const auto command =
      root.command("completion", "Print a script by which a shell completes this program's words", options,
                   [root](const CompletionOptions& given) -> Result<ExitCode> {
                     TRY(const auto script, completion_script(given.shell, root.describe()));
                     fmt::print("{}", script);
                     return ExitCode::ok;
                   });
  command.choice("shell", options->shell, {"bash", "zsh", "fish"}, "Which shell").required();
}

}  // namespace packhouse::app
