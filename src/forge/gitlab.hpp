#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "forge/name_pattern.hpp"
#include "forge/rest_client.hpp"

namespace packhouse::forge {

inline constexpr std::string_view gitlab_api_url = "https://gitlab.com/api/v4";  ///< else $CI_API_V4_URL

ForgeDialect gitlab_dialect();

/// GitLab's REST API (v4): a run is a pipeline, an artifact the archive of one of its jobs; of a name, of one
/// of `build_jobs`. GitLab states no digest of an archive and has no attempts; a job that is repeated takes
/// the place of the first. `project` is the whole path, "group/subgroup/name". Errors as make_github() has
/// them.
Result<std::unique_ptr<Forge>> make_gitlab(ForgeAccess access, std::string_view project, BuildJobs build_jobs,
                                           http::Client& client, Clock& clock);

}  // namespace packhouse::forge
