#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "forge/name_pattern.hpp"
#include "forge/rest_client.hpp"

namespace packhouse::forge {

/// There is no usual address: every Gitea is somebody's own, and its token is for no other.
ForgeDialect gitea_dialect();

/// Gitea's REST API (v1) from 1.25 on, for the repository "owner/name". Read from Gitea's source and its API
/// description. It states no digest of an archive and keeps no attestations. Before 1.27 a run counts no
/// attempts: then the attempt is the newest of the `build_jobs`, which is also what `run_attempt` is inside
/// that one. Errors as make_github() has them.
Result<std::unique_ptr<Forge>> make_gitea(ForgeAccess access, std::string_view repository,
                                          BuildJobs build_jobs, http::Client& client, Clock& clock);

}  // namespace packhouse::forge
