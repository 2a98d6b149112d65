#include "http/redirects.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

#include "base/error.hpp"

namespace packhouse::http {

bool is_redirect(int status) noexcept {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

Result<Url> redirect_target(const Url& from, std::string_view location) {
  auto target = from.resolve(location);
  if (target.ok()) return target;
  return Error{Errc::forbidden,
               fmt::format("expected a web address, found a redirect to {}", quote(location)),
               fmt::format("have the server at {} repaired", from.host)};
}

Result<Destination> follow_redirects(Client& client, Url url, ClientRequest request,
                                     const RedirectPolicy& policy) {
  if (request.method != Method::get && request.method != Method::head)
    throw std::invalid_argument("follow_redirects() repeats its request, so it must be a GET or HEAD");
  for (int hop = 0; hop <= policy.max_redirects; ++hop) {
    request.url = url.str();
    request.auth = {};
    TRY(const auto decision, policy.before_request(url, request));
    if (decision == RedirectPolicy::Hop::stop) return Destination{std::move(url), std::nullopt};
    TRY(auto response, client.send(request));
    const auto location = response.headers.get("Location");
    if (!is_redirect(response.status) || !location) return Destination{std::move(url), std::move(response)};
    TRY(url, redirect_target(url, *location));
  }
  return Error{Errc::unavailable,
               fmt::format("expected {}, found more than {} redirects", policy.what, policy.max_redirects)};
}

}  // namespace packhouse::http
