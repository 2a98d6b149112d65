#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.hpp"

namespace packhouse {

/// A permanent label of a release. It is set by a publication, in its transaction, and never removed.
enum class ReleaseLabel : std::uint8_t {
  no_ci_provenance,  ///< built on a developer's machine: no CI run vouches for its bytes
};

/// "no-ci-provenance"
std::string_view to_string(ReleaseLabel label) noexcept;
/// invalid_input for any other word.
Result<ReleaseLabel> parse_release_label(std::string_view text);

}  // namespace packhouse
