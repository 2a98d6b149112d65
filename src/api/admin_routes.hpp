#pragma once

#include <spdlog/fwd.h>

#include "index/context.hpp"
#include "index/token_service.hpp"
#include "routing/route.hpp"

namespace packhouse::api {

/// Tokens, the ledger and the health of the whole server; JSON in and out. docs/api.md describes them.
class AdminRoutes final : public routing::RouteGroup {
 public:
  /// All of them outlive it. `main`: of the index that every server has.
  AdminRoutes(const index::Context& main, index::TokenService& tokens, spdlog::logger& log)
      : main_(main), tokens_(tokens), log_(log) {}

  std::vector<routing::Route> routes() override;

  http::Response list_tokens(routing::RequestContext& call);
  http::Response create_token(routing::RequestContext& call);
  http::Response revoke_token(routing::RequestContext& call);
  http::Response ledger(routing::RequestContext& call);
  /// Whether the database answers, and nothing else: open to everyone.
  http::Response health(routing::RequestContext& call);

 private:
  const index::Context& main_;
  index::TokenService& tokens_;
  spdlog::logger& log_;
};

json::Object to_json(const Token& token);
json::Object to_json(const LedgerEntry& entry);

}  // namespace packhouse::api
