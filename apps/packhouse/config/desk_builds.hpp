#pragma once

#include <toml++/toml.h>

#include <string_view>

#include "base/result.hpp"
#include "source/checklist.hpp"
#include "source/local_source.hpp"

namespace packhouse::app {

/// [verify]: the checklist before a release.
Status read_verify(const toml::table& table, std::string_view file, source::ChecklistPolicy& checklist);

/// [recover]: how a release is built where CI cannot.
Status read_recover(const toml::table& table, std::string_view file, source::RecoverPolicy& recovery);

}  // namespace packhouse::app
