#pragma once

#include <spdlog/fwd.h>

#include "oidc/token_mint.hpp"
#include "routing/base_url.hpp"
#include "routing/route.hpp"

namespace packhouse::api {

/// Trusted publishing over HTTP, at the addresses that uv, pdm and the public index's action ask on the host
/// of every upload address: the audience, the exchange of tokens, and PEP 807's discovery.
class OidcRoutes final : public routing::RouteGroup {
 public:
  OidcRoutes(oidc::TokenMint& mint, const routing::BaseUrl& url, spdlog::logger& log)
      : mint_(mint), url_(url), log_(log) {}

  std::vector<routing::Route> routes() override;

  http::Response audience(routing::RequestContext& call);
  http::Response discover(routing::RequestContext& call);
  http::Response mint(routing::RequestContext& call);

 private:
  http::Response exchange(const std::string& identity, const std::string& address);

  oidc::TokenMint& mint_;
  const routing::BaseUrl url_;
  spdlog::logger& log_;
};

}  // namespace packhouse::api
