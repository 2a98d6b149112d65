#pragma once

#include <string>
#include <string_view>

#include "evidence/check.hpp"
#include "forge/forge.hpp"
#include "http/client.hpp"
#include "smoke/smoke_check.hpp"
#include "source/policy.hpp"
#include "sys/clock.hpp"
#include "sys/file_system.hpp"
#include "sys/process.hpp"

namespace packhouse::desk {

/// Checks of what a promotion will need. No check changes anything or holds a secret. A peer
/// that does not answer is a refused check with the reason as its finding; each refused check has a hint.

/// `forge.repository`, `forge.actions`, `forge.contents` and, where the policy asks for attestations,
/// `forge.attestations`: whether the token, named by its variable, may read what a preflight reads.
Checks examine_forge(forge::Forge& forge, const source::Policy& policy, std::string_view token);

/// `clock.NAME`: whether the clocks of this machine and of that server differ by at most two minutes, since
/// attestations and the window of the build job are compared with times. Any answer to `request` suffices, so
/// no credential is needed; a server that states no time gives no check.
Checks examine_clock(http::Client& client, const Clock& clock, std::string_view name,
                     const http::ClientRequest& request);

/// `python.venv`: whether the smoke check's interpreter can make an environment with pip.
Checks examine_python(ProcessRunner& processes, const smoke::SmokePolicy& policy,
                      const std::string& search_path, const Path& folder);

/// `state.writable`: whether journals can be written there.
Checks examine_state(FileSystem& disk, const Path& state);

}  // namespace packhouse::desk
