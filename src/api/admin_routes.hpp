#pragma once

#include "auth/gate.hpp"
#include "index/context.hpp"
#include "index/token_service.hpp"

namespace packhouse::api {

/// What an administrator does over HTTP; JSON in and out. docs/api.md describes it.
class AdminRoutes {
 public:
  AdminRoutes(const index::Context& context, index::TokenService& tokens, spdlog::logger& log)
      : context_(context), tokens_(tokens), log_(log) {}

  http::Response list_tokens(auth::Call& call);
  http::Response create_token(auth::Call& call);
  http::Response revoke_token(auth::Call& call);
  http::Response delete_file(auth::Call& call);
  http::Response ledger(auth::Call& call);
  /// Says whether the database answers; open to anybody, and tells nothing else.
  http::Response health(auth::Call& call);

 private:
  const index::Context& context_;
  index::TokenService& tokens_;
  spdlog::logger& log_;
};

json::Object to_json(const Token& token);
json::Object to_json(const LedgerEntry& entry);

}  // namespace packhouse::api
