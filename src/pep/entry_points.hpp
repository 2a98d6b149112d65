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

/// Reads a whole entry_points.txt. Refused: bytes that are not UTF-8, lines that are no INI as Python's
/// configparser reads it with "=" alone as delimiter, a group or a name that occurs twice in its place, an
/// object reference that is none, and the name of a console or GUI script that is no safe filename
/// (`[\w.-]+`).
Result<std::vector<EntryPoint>> parse_entry_points(std::string_view bytes);
Parsed<std::vector<EntryPoint>> read_entry_points(std::string_view bytes);

}  // namespace packhouse
