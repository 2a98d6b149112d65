#pragma once

#include <spdlog/fwd.h>

#include <vector>

#include "api/admin_routes.hpp"
#include "api/health_routes.hpp"
#include "api/openapi.hpp"
#include "api/user_routes.hpp"

namespace packhouse::api {

/// The routes that concern the whole server: tokens, users, the ledger, health, the OpenAPI document.
class ServerRoutes {
 public:
  /// All of them outlive it. `main`: of the index that every server has.
  ServerRoutes(const index::Context& main, index::TokenService& tokens, index::UserService& users,
               std::vector<ReadinessCheck> readiness, spdlog::logger& log)
      : admin_(main, tokens, log), health_(std::move(readiness), main.clock, log), users_(users, log) {}

  /// The table of the server: these routes after those of its indexes. Describes it in the OpenAPI document.
  /// This outlives the table.
  std::vector<routing::Route> table(std::vector<routing::Route> of_indexes);

 private:
  AdminRoutes admin_;
  HealthRoutes health_;
  UserRoutes users_;
  OpenApiRoutes openapi_;
};

}  // namespace packhouse::api
