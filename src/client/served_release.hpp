#pragma once

#include "client/index_client.hpp"
#include "dist/manifest.hpp"
#include "evidence/check.hpp"

namespace packhouse::client {

/// Before anything is sent: the check `index.simple`, whether the address is a simple repository. `has_root`:
/// the index has a list of all projects; else a page of the project alone can prove it, and where there is
/// none the address is believed.
Check decide_simple(const http::Url& simple, const SimpleProof& proof, bool has_root);

/// Before anything is sent: the check `index.same`. `upload`, `simple`: what IndexClient::upload_identity()
/// and simple_identity() gave. Two indexes of another make state nothing, and pass.
Check decide_same_index(const std::optional<std::string>& upload, const std::optional<std::string>& simple);

/// Before the upload. Whether that version was never used on the index, or holds these very files already (a
/// run that was interrupted): anything else is a conflict.
Checks decide_unused(const dist::Manifest& manifest, const IndexRelease& served);

/// Whether the index has another file of this version than the manifest's, or other bytes under one of their
/// names.
bool serves_other_files(const dist::Manifest& manifest, const IndexRelease& served);

/// After the upload. Whether the index serves exactly these bytes, all of them and nothing beside them.
Checks decide_served(const dist::Manifest& manifest, const IndexRelease& served);

}  // namespace packhouse::client
