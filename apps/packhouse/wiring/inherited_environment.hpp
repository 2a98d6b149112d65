#pragma once

#include <string>
#include <utility>
#include <vector>

namespace packhouse::app {

/// The caller's own environment, for the project's own tools. The desk has taken its secrets out; TMPDIR is
/// the desk's.
std::vector<std::pair<std::string, std::string>> inherited_environment();

}  // namespace packhouse::app
