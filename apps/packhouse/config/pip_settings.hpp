#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace packhouse::app {

/// The surroundings that pip reads its configuration from.
struct PipSurroundings {
  /// nullopt for a variable that is unset or empty.
  std::function<std::optional<std::string>(const char* name)> variable;
  /// The text of a file; nullopt if it is missing or cannot be read.
  std::function<std::optional<std::string>(const std::filesystem::path& path)> read;
};

/// pip's configuration files, in the order in which pip reads them: a later one outranks an earlier one.
/// PIP_CONFIG_FILE set to /dev/null: none of them; set to a file: not those of the user.
std::vector<std::filesystem::path> pip_files(const PipSurroundings& surroundings);

/// The index-url that `pip install` has on this machine: of the variable PIP_INDEX_URL, else of the last file
/// that has one in [install] or [global]. It may hold a credential. not_found where none is configured.
Result<Secret> pip_index_url(const PipSurroundings& surroundings);

}  // namespace packhouse::app
