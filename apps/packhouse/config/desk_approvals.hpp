#pragma once

#include <toml++/toml.h>

#include <string_view>

#include "base/result.hpp"
#include "source/policy.hpp"

namespace packhouse::app {

/// [approvals]: how many owners must approve a release, and their keys. invalid_input also for one key, or
/// one name, of two owners, and for fewer owners than are required.
Status read_approvals(const toml::table& table, std::string_view file, journal::ApprovalPolicy& approvals);

/// [attestations]: whether a release needs one, and the authorities that may have signed it.
Status read_attestations(const toml::table& table, std::string_view file,
                         source::AttestationPolicy& attestations);

}  // namespace packhouse::app
