#pragma once

#include <string>
#include <vector>

namespace packhouse::app {

/// An option of a command, or a word that it takes.
struct OptionDescription {
  std::string name;   ///< "--data"; of a word that stands by its place: "version"
  std::string value;  ///< the name of its value: "FILE"; empty for a flag
  std::string about;
  std::vector<std::string> words = {};  ///< the only values, if they are known
  bool required = false;
  bool repeatable = false;

  bool is_positional() const { return !name.starts_with('-'); }
  bool operator==(const OptionDescription&) const = default;
};

/// The command line as plain values: what completions and man pages are made of.
struct CommandDescription {
  std::string path;  ///< "packhouse token create"
  std::string about;
  std::string example;  ///< a call of it; empty: none
  std::vector<OptionDescription> options = {};
  std::vector<CommandDescription> below = {};

  /// The last word of the path.
  std::string name() const { return path.substr(path.rfind(' ') + 1); }
};

/// This command and all below it, each before those below it.
std::vector<const CommandDescription*> all_commands(const CommandDescription& top);

}  // namespace packhouse::app
