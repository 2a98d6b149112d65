#pragma once

#include <string>
#include <string_view>

#include "client/index_client.hpp"
#include "evidence/check.hpp"
#include "forge/forge.hpp"
#include "http/client.hpp"
#include "smoke/smoke_check.hpp"
#include "source/policy.hpp"
#include "sys/clock.hpp"
#include "sys/file_system.hpp"
#include "sys/process.hpp"

namespace packhouse::desk {

/// Examinations of what a promotion will need, before one is tried. Nothing is changed anywhere, and a
/// finding never holds a secret. What cannot be asked is a refused check whose text is the reason; each says
/// what to do.

/// `forge.repository`, `forge.actions`, `forge.contents` and, where the policy asks for attestations,
/// `forge.attestations`: whether the token, named by its variable, may read what a preflight reads.
Checks examine_forge(forge::Forge& forge, const source::Policy& policy, std::string_view token);

/// `index.read`, `index.no-fallback`, `index.upload`: whether both credentials are taken. The second is tried
/// with a form that holds no file.
Checks examine_index(client::IndexClient& index, const ProjectName& project);

/// `clock.NAME`: whether this machine's clock and that server's agree to within two minutes: attestations and
/// the window of the build job are compared with times. Any answer to `request` will do, so it needs no
/// credential; a server that states no time is passed over.
Checks examine_clock(http::Client& client, const Clock& clock, std::string_view name,
                     const http::ClientRequest& request);

/// `python.venv`: whether the smoke check's interpreter can make an environment with pip.
Checks examine_python(ProcessRunner& processes, const smoke::SmokePolicy& policy,
                      const std::string& search_path, const Path& folder);

/// `state.writable`: whether journals can be kept there.
Checks examine_state(FileSystem& disk, const Path& state);

/// "Sun, 06 Nov 1994 08:49:37 GMT", as servers write it (RFC 9110, section 5.6.7); nullopt for anything else.
std::optional<Timestamp> parse_http_date(std::string_view text);

}  // namespace packhouse::desk
