#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "base/secret.hpp"
#include "http/client.hpp"
#include "release/forge/forge.hpp"
#include "release/forge/retry.hpp"
#include "sys/clock.hpp"

namespace packhouse::release {

struct GitHubOptions {
  std::string api_url = "https://api.github.com";  ///< $GITHUB_API_URL
  std::string repository;                          ///< "owner/name"
  Secret token;
  /// All waiting for rate limits and failures together; more is rate_limited or unavailable.
  std::chrono::seconds max_wait{300};
  /// Told before each wait.
  std::function<void(const Wait&)> on_wait = nullptr;
};

/// GitHub's REST API and that of its enterprise server. The token goes to the API's own origin and nowhere
/// else; redirects are followed by hand. `client` and `clock` outlive it. invalid_input for an API URL that
/// is not https (http is allowed on the loopback only) or carries credentials.
Result<std::unique_ptr<Forge>> make_github(GitHubOptions options, http::Client& client, Clock& clock);

}  // namespace packhouse::release
