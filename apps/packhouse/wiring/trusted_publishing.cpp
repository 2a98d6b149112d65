#include "wiring/trusted_publishing.hpp"

#include <utility>

#include "http/connection_rules.hpp"

namespace packhouse::app {
namespace {

oidc::MakeClient client_maker(const IssuerSettings& settings) {
  return [client = http::ClientOptions{.user_agent = "packhouse", .ca_file = settings.ca_file},
          proxy = settings.proxy](oidc::Peer peer) {
    return http::make_client(client,
                             {.proxy = proxy, .public_addresses_only = peer == oidc::Peer::elsewhere});
  };
}

}  // namespace

std::vector<oidc::TrustedIssuer> open_issuers(const TrustedPublishing& settings) {
  std::vector<oidc::TrustedIssuer> issuers;
  for (const auto& each : settings.issuers)
    issuers.push_back({.kind = each.kind, .name = each.url, .make_client = client_maker(each)});
  return issuers;
}

}  // namespace packhouse::app
