#pragma once

#include <toml++/toml.h>

#include <string_view>

#include "base/result.hpp"
#include "dist/policy.hpp"

namespace packhouse::app {

/// Takes every setting of a table into `policy`: what wheels and sdists must show, as docs/checks.md names
/// it. A setting's name has dots of its own, so "wheel.record.hash" may be a quoted key or a key within
/// tables. `file` is what messages call the file. invalid_input with "FILE:LINE:COLUMN: …"; the settings
/// before it are taken.
Status read_files_policy(const toml::table& table, std::string_view file, dist::Policy& policy);

}  // namespace packhouse::app
