#include "completion.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace packhouse::app {
namespace {

using Commands = std::vector<const CommandDescription*>;

std::string single_quoted(std::string_view text) {
  return fmt::format("'{}'", replace_all(std::string(text), "'", R"('\'')"));
}

std::vector<std::string> names_below(const CommandDescription& command) {
  std::vector<std::string> names;
  for (const auto& below : command.below)
    names.push_back(below.name());
  return names;
}

std::vector<std::string> option_names(const CommandDescription& command) {
  std::vector<std::string> names{"--help"};
  for (const auto& option : command.options)
    if (!option.is_positional()) names.push_back(option.name);
  return names;
}

/// "'packhouse token'|'packhouse token create'": where a further word leads to another command.
std::string places(const Commands& commands) {
  std::vector<std::string> paths;
  for (const auto* command : commands)
    if (command->path.contains(' ')) paths.push_back(single_quoted(command->path));
  return join(paths, "|");
}

/// Those that take a value, as "PATH OPTION"; in bash's and zsh's words for a case.
std::string value_places(const Commands& commands) {
  std::vector<std::string> found;
  for (const auto* command : commands) {
    for (const auto& option : command->options) {
      if (option.is_positional() || option.value.empty() || !option.words.empty()) continue;
      found.push_back(single_quoted(command->path + " " + option.name));
    }
  }
  return join(found, "|");
}

// ----- bash

std::string bash_script(const Commands& commands) {
  std::string script = fmt::format(
      "# bash completion of packhouse\n"
      "_packhouse() {{\n"
      "  local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD - 1]}} place=packhouse "
      "words='' at\n"
      "  for ((at = 1; at < COMP_CWORD; at++)); do\n"
      "    case \"$place ${{COMP_WORDS[at]}}\" in\n"
      "      {}) place+=\" ${{COMP_WORDS[at]}}\" ;;\n"
      "    esac\n"
      "  done\n"
      "  case \"$place $before\" in\n",
      places(commands));
  for (const auto* command : commands) {
    for (const auto& option : command->options) {
      if (option.words.empty()) continue;
      script += fmt::format("    {}) words={} ;;\n", single_quoted(command->path + " " + option.name),
                            single_quoted(join(option.words, " ")));
    }
  }
  script += fmt::format(
      "    {}) ;;\n"
      "    *)\n"
      "      case \"$place\" in\n",
      value_places(commands));
  for (const auto* command : commands) {
    script += fmt::format("        {}) words={} ;;\n", single_quoted(command->path),
                          single_quoted(join(names_below(*command), " ")));
  }
  script += "      esac\n      if [[ $word == -* ]]; then\n        case \"$place\" in\n";
  for (const auto* command : commands) {
    script += fmt::format("          {}) words={} ;;\n", single_quoted(command->path),
                          single_quoted(join(option_names(*command), " ")));
  }
  script +=
      "        esac\n"
      "      fi\n"
      "      ;;\n"
      "  esac\n"
      "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
      "}\n"
      "complete -o bashdefault -o default -F _packhouse packhouse\n";
  return script;
}

// ----- zsh

/// A word with what it means, for _describe.
std::string described(std::string_view word, std::string_view about) {
  return single_quoted(fmt::format("{}:{}", replace_all(std::string(word), ":", "\\:"), about));
}

std::string zsh_script(const Commands& commands) {
  std::string script = fmt::format(
      "#compdef packhouse\n"
      "_packhouse() {{\n"
      "  local place=packhouse at\n"
      "  local -a found\n"
      "  for ((at = 2; at < CURRENT; at++)); do\n"
      "    case \"$place $words[at]\" in\n"
      "      ({}) place+=\" $words[at]\" ;;\n"
      "    esac\n"
      "  done\n"
      "  case \"$place $words[CURRENT-1]\" in\n",
      places(commands));
  for (const auto* command : commands) {
    for (const auto& option : command->options) {
      if (option.words.empty()) continue;
      script += fmt::format("    ({}) compadd -- {}; return ;;\n",
                            single_quoted(command->path + " " + option.name), join(option.words, " "));
    }
  }
  script += fmt::format("    ({}) _files; return ;;\n  esac\n  case $place in\n", value_places(commands));
  for (const auto* command : commands) {
    std::vector<std::string> entries;
    for (const auto& below : command->below)
      entries.push_back(described(below.name(), below.about));
    script += fmt::format("    ({}) found=({}) ;;\n", single_quoted(command->path), join(entries, " "));
  }
  script += "  esac\n  if [[ $PREFIX == -* ]]; then\n    case $place in\n";
  for (const auto* command : commands) {
    std::vector<std::string> entries{described("--help", "Show the help")};
    for (const auto& option : command->options)
      if (!option.is_positional()) entries.push_back(described(option.name, option.about));
    script += fmt::format("      ({}) found=({}) ;;\n", single_quoted(command->path), join(entries, " "));
  }
  script +=
      "    esac\n"
      "  fi\n"
      "  if (( $#found )); then _describe packhouse found; else _files; fi\n"
      "}\n"
      // Found by its name in a folder of completions, the file is the body of that function.
      "if [[ $funcstack[1] == _packhouse ]]; then _packhouse; else compdef _packhouse packhouse; fi\n";
  return script;
}

// ----- fish

std::string fish_quoted(std::string_view text) {
  return fmt::format("'{}'", replace_all(replace_all(std::string(text), "\\", "\\\\"), "'", "\\'"));
}

std::string fish_option(const CommandDescription& command, const OptionDescription& option) {
  std::string line = fmt::format("complete -c packhouse -n '__packhouse_at {}' -l {} -d {}", command.path,
                                 option.name.substr(2), fish_quoted(option.about));
  if (!option.words.empty()) return line + fmt::format(" -x -a {}\n", fish_quoted(join(option.words, " ")));
  return line + (option.value.empty() ? "\n" : " -r -F\n");
}

std::string fish_script(const Commands& commands) {
  std::vector<std::string> paths;
  for (const auto* command : commands)
    paths.push_back(fish_quoted(command->path));
  std::string script = fmt::format(
      "# fish completion of packhouse\n"
      "function __packhouse_at\n"
      "    set -l place packhouse\n"
      "    set -l words (commandline -opc)\n"
      "    for word in $words[2..-1]\n"
      "        if contains -- \"$place $word\" {}\n"
      "            set place \"$place $word\"\n"
      "        end\n"
      "    end\n"
      "    test \"$place\" = \"$argv\"\n"
      "end\n",
      join(paths, " "));
  for (const auto* command : commands) {
    for (const auto& below : command->below) {
      script += fmt::format("complete -c packhouse -f -n '__packhouse_at {}' -a {} -d {}\n", command->path,
                            below.name(), fish_quoted(below.about));
    }
    for (const auto& option : command->options)
      if (!option.is_positional()) script += fish_option(*command, option);
  }
  return script;
}

}  // namespace

Result<std::string> completion_script(std::string_view shell, const CommandDescription& program) {
  const auto commands = all_commands(program);
  if (shell == "bash") return bash_script(commands);
  if (shell == "zsh") return zsh_script(commands);
  if (shell == "fish") return fish_script(commands);
  return Error{Errc::invalid_input, "expected bash, zsh or fish, found " + quote(shell)};
}

}  // namespace packhouse::app
