#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "forge/rest_client.hpp"

namespace packhouse::forge {

/// There is no usual address: every Gitea is somebody's own, and its token is for no other.
ForgeDialect gitea_dialect();

/// Gitea's REST API (v1) from 1.25 on, for the repository "owner/name". Read from Gitea's source and its API
/// description. It states no digest of an archive and keeps no attestations. Before 1.27 a run counts no
/// attempts: then the attempt is that of the job `build_job`, which is also what `run_attempt` is inside it.
/// Errors as make_github() has them.
Result<std::unique_ptr<Forge>> make_gitea(ForgeAccess access, std::string_view repository,
                                          std::string build_job, http::Client& client, Clock& clock);

}  // namespace packhouse::forge
