#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.hpp"

namespace packhouse {

/// What a release is called for ever. It comes with a publication, in its transaction, and nothing takes it
/// off.
enum class ReleaseLabel : std::uint8_t {
  no_ci_provenance,  ///< built on somebody's machine: no CI run stands for its bytes
};

/// "no-ci-provenance"
std::string_view to_string(ReleaseLabel label) noexcept;
/// invalid_input for any other word.
Result<ReleaseLabel> parse_release_label(std::string_view text);

}  // namespace packhouse
