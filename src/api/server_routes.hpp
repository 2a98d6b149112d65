#pragma once

#include <spdlog/fwd.h>

#include <vector>

#include "api/admin_routes.hpp"
#include "api/health_routes.hpp"
#include "api/metrics_routes.hpp"
#include "api/name_routes.hpp"
#include "api/oidc_routes.hpp"
#include "api/openapi.hpp"
#include "api/user_routes.hpp"

namespace packhouse::api {

/// What operators and machines see of the server.
struct Operations {
  std::vector<ReadinessCheck> readiness = {};
  WriteMetrics metrics = [](MetricsText&) {};
  bool open_metrics = false;
  NameRoutes::Changed names_changed = [] {};
};

/// The routes that concern the whole server: tokens, users, trusted publishing, reserved names, the ledger,
/// health, metrics, the OpenAPI document.
class ServerRoutes {
 public:
  /// All of them outlive it. `main`: of the index that every server has.
  ServerRoutes(const index::Context& main, index::TokenService& tokens, index::UserService& users,
               oidc::TokenMint& mint, const routing::BaseUrl& url, Operations operations, spdlog::logger& log)
      : admin_(main, tokens, log),
        health_(std::move(operations.readiness), main.clock, log),
        metrics_(std::move(operations.metrics), operations.open_metrics),
        names_(main, std::move(operations.names_changed), log),
        users_(users, log),
        oidc_(mint, url, log) {}

  /// The table of the server: these routes after those of its indexes. Describes it in the OpenAPI document.
  /// This outlives the table.
  std::vector<routing::Route> table(std::vector<routing::Route> of_indexes);

 private:
  AdminRoutes admin_;
  HealthRoutes health_;
  MetricsRoutes metrics_;
  NameRoutes names_;
  UserRoutes users_;
  OidcRoutes oidc_;
  OpenApiRoutes openapi_;
};

}  // namespace packhouse::api
