#pragma once

#include <string_view>

namespace packhouse::desk {

/// The texts of src/release/workflows/, with <BRANCH>, <ARTIFACT>, <BUILD-JOB>, <CHECKS> and <SMOKE> to be
/// filled in.
std::string_view ci_workflow() noexcept;
std::string_view publish_workflow() noexcept;

}  // namespace packhouse::desk
