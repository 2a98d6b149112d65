#pragma once

#include "client/index_client.hpp"
#include "dist/manifest.hpp"
#include "evidence/check.hpp"

namespace packhouse::client {

/// Before the upload. Whether that version was never used on the index, or holds these very files already (a
/// run that was interrupted): anything else is a conflict.
Checks decide_unused(const dist::Manifest& manifest, const IndexRelease& served);

/// Whether the index has another file of this version than the manifest's, or other bytes under one of their
/// names.
bool serves_other_files(const dist::Manifest& manifest, const IndexRelease& served);

/// After the upload. Whether the index serves exactly these bytes, all of them and nothing beside them.
Checks decide_served(const dist::Manifest& manifest, const IndexRelease& served);

}  // namespace packhouse::client
