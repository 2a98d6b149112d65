#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace packhouse::app {

/// nullopt for a variable that is unset or empty.
std::optional<std::string> environment_variable(const char* name);

/// The caller's environment, for the project's own tools. The desk's secrets are no longer in it; TMPDIR is
/// the desk's.
std::vector<std::pair<std::string, std::string>> inherited_environment();

}  // namespace packhouse::app
