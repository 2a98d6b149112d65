#pragma once

#include <string_view>

namespace packhouse::desk {

/// The texts of src/desk/workflows/: <MARKS> are to be filled in, and parts between "#if NAME" and "#end"
/// hold under a condition.
std::string_view ci_workflow() noexcept;
std::string_view publish_workflow() noexcept;
std::string_view gitlab_jobs() noexcept;

}  // namespace packhouse::desk
