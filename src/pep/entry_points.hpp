#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pep/parse_error.hpp"

namespace packhouse {

/// One line of an entry_points.txt ("Entry points" specification).
struct EntryPoint {
  std::string group;  ///< "console_scripts"
  std::string name;
  std::string module;               ///< "package.module"
  std::string attribute;            ///< "object.method"; empty if only a module is named
  std::vector<std::string> extras;  ///< deprecated, but in use

  bool operator==(const EntryPoint&) const = default;
};

/// Reads a whole entry_points.txt. Installers read it as INI with Python's configparser, importlib.metadata
/// reads it line by line; what the two would read differently is refused: continuation lines, comments with
/// ';', text after a group's ']', the group DEFAULT, line separators that only one of them knows. So are
/// bytes that are not UTF-8, a group or a name within it that occurs twice, a value that is no object
/// reference, and the name of a console or GUI script that is no safe filename (`[\w.-]+`).
Result<std::vector<EntryPoint>> parse_entry_points(std::string_view bytes);
Parsed<std::vector<EntryPoint>> read_entry_points(std::string_view bytes);

}  // namespace packhouse
