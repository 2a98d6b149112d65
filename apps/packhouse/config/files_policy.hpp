#pragma once

#include <toml++/toml.h>

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "dist/policy.hpp"

namespace packhouse::app {

/// Takes every setting of a table into `policy`: what wheels and sdists must show, as docs/checks.md names
/// it. A setting's name may contain dots, so "wheel.record.hash" may be a quoted key or a key within
/// tables. `file` is what messages call the file. invalid_input with "FILE:LINE:COLUMN: …"; the settings
/// before it are taken.
Status read_files_policy(const toml::table& table, std::string_view file, dist::Policy& policy);

/// The same settings as text by name, each of them checked.
using FilesSettings = std::map<std::string, std::string, std::less<>>;
Status read_files_settings(const toml::table& table, std::string_view file, FilesSettings& settings);

}  // namespace packhouse::app
