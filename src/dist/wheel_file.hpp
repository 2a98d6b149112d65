#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace packhouse::dist {

/// A wheel's WHEEL file ("Binary distribution format" specification).
struct WheelFile {
  std::string wheel_version;
  std::string generator;
  std::string root_is_purelib;  ///< as written
  std::optional<std::string> build;
  std::vector<std::string> tags;  ///< as written, one per Tag line
};

/// "Key: value" lines, keys in any case, each but Tag at most once. Keys it does not know are ignored, as the
/// specification wants. invalid_input for anything else.
Result<WheelFile> parse_wheel_file(std::string_view bytes);

}  // namespace packhouse::dist
