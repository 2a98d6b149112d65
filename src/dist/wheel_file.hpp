#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace packhouse::dist {

/// A wheel's WHEEL file ("Binary distribution format" specification).
struct WheelFile {
  std::optional<std::string> wheel_version;
  std::optional<std::string> root_is_purelib;  ///< as written
  std::optional<std::string> build;
  std::vector<std::string> tags;  ///< as written, one per Tag line
};

/// "Key: value" lines that end in LF or CR LF, keys in any case, up to the first empty line. Each key that an
/// installer reads stands at most once, except Tag. Other keys are ignored, as the specification wants:
/// delocate adds a second Generator. invalid_input for anything else, and for what Python's email package
/// reads otherwise.
Result<WheelFile> parse_wheel_file(std::string_view bytes);

}  // namespace packhouse::dist
