#include "config/desk_builds.hpp"

#include "config/toml_reader.hpp"

namespace packhouse::app {
namespace {

bool take_commands(const toml::node& node, std::vector<std::vector<std::string>>& commands) {
  const auto* list = node.as_array();
  if (list == nullptr) return false;
  for (const auto& item : *list) {
    const auto* words = item.as_array();
    if (words == nullptr || words->empty()) return false;
    std::vector<std::string> command;
    for (const auto& word : *words) {
      const auto text = word.value_exact<std::string>();
      if (!text) return false;
      command.push_back(*text);
    }
    if (command.front().empty()) return false;
    commands.push_back(std::move(command));
  }
  return true;
}

/// A full ref: a bare name could be a tag's.
Status take_main(const std::string& text, source::RecoverPolicy& recovery) {
  if (!text.starts_with("refs/heads/") && !text.starts_with("refs/remotes/")) {
    return Error{Errc::invalid_input,
                 "expected a branch as refs/remotes/REMOTE/NAME or refs/heads/NAME, found " + quote(text)};
  }
  recovery.main = text;
  return success();
}

}  // namespace

Status read_verify(const toml::table& table, std::string_view file, source::ChecklistPolicy& checklist) {
  return TomlReader(table, file, "in [verify]")
      .with("commands", "an array of commands, each an array of a program and its arguments,",
            [&](const toml::node& node) { return take_commands(node, checklist.commands); })
      .seconds("timeout-seconds", checklist.timeout)
      .finish();
}

Status read_recover(const toml::table& table, std::string_view file, source::RecoverPolicy& recovery) {
  const auto take_build = [&](const toml::node& node) {
    std::vector<std::vector<std::string>> commands;
    const toml::array one{node};
    if (!take_commands(one, commands)) return false;
    recovery.build = commands.front();
    return true;
  };
  return TomlReader(table, file, "in [recover]")
      .text_with("main", [&](const std::string& text) { return take_main(text, recovery); })
      .with("build", "a program and its arguments, with {out} for the output folder,", take_build)
      .seconds("timeout-seconds", recovery.timeout)
      .finish();
}

}  // namespace packhouse::app
