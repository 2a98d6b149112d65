#include "routing/cross_site.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "http/origin.hpp"

namespace packhouse::routing {
namespace {

Error cross_site(std::string_view expected, std::string_view field, std::string_view found) {
  return {Errc::forbidden,
          fmt::format("cross-site request: expected {}, found {} {}", expected, field, quote(found)),
          "a page of another site may change nothing here, and programs do not send that field; if the page "
          "is the server's, set public-url, or trusted-proxies for the proxy in front of it"};
}

}  // namespace

std::optional<Error> refuse_cross_site(const http::Request& request, const BaseUrl& server) {
  const auto& headers = request.headers;
  // Browsers send it over https and to loopback addresses only, and old ones never.
  if (headers.count("Sec-Fetch-Site") > 0) {
    const auto site = headers.get_all("Sec-Fetch-Site");
    if (site != "same-origin" && site != "none")
      return cross_site("same-origin or none", "Sec-Fetch-Site", site);
  }
  if (headers.count("Origin") == 0) return std::nullopt;
  const auto origin = headers.get_all("Origin");
  const auto own = http::Origin::of_url(server.of(request));
  const auto sent = http::Origin::parse(origin);
  if (own && sent && *own == *sent) return std::nullopt;
  return cross_site(own ? own->str() : "the server's own origin", "Origin", origin);
}

}  // namespace packhouse::routing
