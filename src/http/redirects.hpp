#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "http/client.hpp"
#include "http/url.hpp"

namespace packhouse::http {

/// 301, 302, 303, 307 and 308: those that a GET follows by their Location (RFC 9110 section 15.4).
bool is_redirect(int status) noexcept;

/// Where the Location of an answer from `from` leads. `forbidden` for one that is no web address: a peer
/// wrote it, so it is no usage error.
Result<Url> redirect_target(const Url& from, std::string_view location);

/// Where a chain of redirects may lead, and what may go there.
struct RedirectPolicy {
  enum class Hop { send, stop };

  /// What is asked for: "expected WHAT, found more than 3 redirects".
  std::string what;
  int max_redirects = 3;
  /// Called before each request, the first one included. It gets a request without a credential and sets the
  /// one that `target` may see. An Error ends the chain, and so does `stop`, without the request.
  std::function<Result<Hop>(const Url& target, ClientRequest& request)> before_request;
};

/// The end of a chain of redirects.
struct Destination {
  Url url;
  std::optional<ClientResponse> response;  ///< nullopt: the policy stopped before `url`
};

/// Sends `request`, a GET or HEAD, to `url` and follows redirects as far as the policy lets it. Any other
/// answer is a success, also a redirect without a Location. `unavailable` for a longer chain; else errors of
/// the policy, of the client and of redirect_target(). Throws std::invalid_argument for another method.
Result<Destination> follow_redirects(Client& client, Url url, ClientRequest request,
                                     const RedirectPolicy& policy);

}  // namespace packhouse::http
