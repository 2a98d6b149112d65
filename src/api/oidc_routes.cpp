#include "api/oidc_routes.hpp"

#include <spdlog/logger.h>

#include <chrono>
#include <memory>
#include <utility>

#include "api/access.hpp"
#include "api/upstream_answers.hpp"
#include "routing/json_exchange.hpp"

namespace packhouse::api {
namespace {

using routing::json_answer;

constexpr int not_found = 404;
/// Requests that wait for an issuer take this many threads at most, so that none waits for them.
constexpr std::string_view lane = "trusted publishing";

/// Clients read `errors` without asking whether it is there.
http::Response refused(const oidc::MintRefusal& why) {
  return json_answer(
      why.status,
      json::Object{
          {"message", "Token request failed"},
          {"errors", json::Array{json::Object{{"code", why.code}, {"description", why.description}}}}});
}

http::Response not_enabled() {
  return refused(
      {.code = "not-enabled",
       .description = "this server believes no issuer: see [trusted-publishing] of its configuration",
       .status = not_found});
}

/// `token` of the body. Further members are for other servers.
Result<std::string> read_identity(const http::Request& request) {
  TRY(const auto body, json::parse(request.body, routing::small_body));
  if (!body.is_object()) return Error{Errc::invalid_input, "expected a JSON object, found none"};
  return json::get_string(body.get_object(), "token");
}

}  // namespace

std::vector<routing::Route> OidcRoutes::routes() {
  // uv states no type of its body. No cookie counts here, so that a page of another site gains nothing.
  routing::RouteTable table{*this,
                            {.body_limit = routing::small_body, .problems = routing::ProblemFormat::json}};
  table.add(http::Method::get, "/_/oidc/audience", everyone, &OidcRoutes::audience);
  table.add(http::Method::post, "/_/oidc/mint-token", everyone, &OidcRoutes::mint);
  table.add(http::Method::get, "/.well-known/pytp", everyone, &OidcRoutes::discover);
  return table.take();
}

http::Response OidcRoutes::audience(routing::RequestContext& /*call*/) {
  if (!mint_.enabled()) return not_enabled();
  return json_answer(200, json::Object{{"audience", mint_.audience()}});
}

http::Response OidcRoutes::discover(routing::RequestContext& call) {
  if (!mint_.enabled()) return not_enabled();
  const auto base = url_.of(call.request);
  return json_answer(200, json::Object{{"audience-endpoint", base + "/_/oidc/audience"},
                                       {"token-mint-endpoint", base + "/_/oidc/mint-token"}});
}

http::Response OidcRoutes::mint(routing::RequestContext& call) {
  if (!mint_.enabled()) return not_enabled();
  auto identity = read_identity(call.request);
  if (!identity.ok()) {
    return refused({.code = "invalid-payload", .description = identity.error().message});
  }
  return UpstreamAnswers::deferred(std::string(lane),
                                   [this, identity = *std::move(identity), address = call.request.peer] {
                                     return exchange(identity, address);
                                   });
}

http::Response OidcRoutes::exchange(const std::string& identity, const std::string& address) {
  const auto minted = mint_.mint(identity, address);
  if (!minted) {
    log_.info("refused to mint a token for {}: {}: {}", address, minted.error().code,
              minted.error().description);
    return refused(minted.error());
  }
  log_.info("minted token {} for {} from {}", minted->token.id, minted->token.label, address);
  const auto expires =
      std::chrono::floor<std::chrono::seconds>(*minted->token.expires).time_since_epoch().count();
  return json_answer(
      200, json::Object{{"success", true}, {"token", minted->secret.reveal()}, {"expires", expires}});
}

}  // namespace packhouse::api
