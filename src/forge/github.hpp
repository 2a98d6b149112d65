#pragma once

#include <memory>
#include <string_view>

#include "forge/rest_client.hpp"

namespace packhouse::forge {

inline constexpr std::string_view github_api_url = "https://api.github.com";  ///< else $GITHUB_API_URL

ForgeDialect github_dialect();

/// GitHub's REST API and that of its enterprise server, for the repository "owner/name". invalid_input for
/// what ForgeApi::make() refuses and for no repository.
Result<std::unique_ptr<Forge>> make_github(ForgeAccess access, std::string_view repository,
                                           http::Client& client, Clock& clock);

}  // namespace packhouse::forge
