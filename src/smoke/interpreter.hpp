#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "pep/filename.hpp"
#include "sys/file_system.hpp"

namespace packhouse::smoke {

/// What an environment's interpreter says of itself.
struct Interpreter {
  std::vector<std::string> tags;  ///< that it supports
  Path purelib;
  Path platlib;
  Path scripts;
  Path prefix;
  std::string python;  ///< "3.11"
  std::string pip;

  /// internal for anything but the answer of VirtualEnvironment::described.
  static Result<Interpreter> parse(std::string_view text);

  bool runs(const WheelFilename& wheel) const;
};

}  // namespace packhouse::smoke
