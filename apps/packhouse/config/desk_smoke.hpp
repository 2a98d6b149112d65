#pragma once

#include <toml++/toml.h>

#include <string_view>

#include "base/result.hpp"
#include "smoke/smoke_check.hpp"

namespace packhouse::app {

/// [smoke]: what proves that an installed release works.
Status read_smoke(const toml::table& table, std::string_view file, smoke::SmokePolicy& smoke);

}  // namespace packhouse::app
