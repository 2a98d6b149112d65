#pragma once

#include <spdlog/fwd.h>

#include "index/sessions.hpp"
#include "routing/route.hpp"

namespace packhouse::api {

/// The open sessions of one index for those who administer it or a project of it; JSON in and out. They are
/// named by their numbers, as in the ledger: their tokens stay secret.
class SessionAdminRoutes final : public routing::RouteGroup {
 public:
  /// All of them outlive it.
  SessionAdminRoutes(const index::Context& context, const index::Sessions& sessions, spdlog::logger& log)
      : context_(context), sessions_(sessions), log_(log) {}

  std::vector<routing::Route> routes() override;

  http::Response list(routing::RequestContext& call);
  http::Response list_of_project(routing::RequestContext& call);
  http::Response cancel(routing::RequestContext& call);

 private:
  const index::Context& context_;
  const index::Sessions& sessions_;
  spdlog::logger& log_;
};

/// Without the token.
json::Object to_json(const ListedSession& listed, std::string_view index);

}  // namespace packhouse::api
