#pragma once

#include <vector>

#include "api/admin_routes.hpp"
#include "api/file_routes.hpp"
#include "api/life_routes.hpp"
#include "api/openapi.hpp"
#include "api/package_routes.hpp"
#include "api/session_routes.hpp"
#include "api/simple_routes.hpp"
#include "api/stage_routes.hpp"
#include "api/upload_routes.hpp"
#include "api/user_routes.hpp"
#include "auth/gate.hpp"

namespace packhouse::api {

/// What the routes of one index call. All of it outlives the table.
struct IndexEndpoints {
  SimpleRoutes& simple;
  FileRoutes& files;
  UploadRoutes& uploads;
  AdminRoutes& admin;
  RoleRoutes& roles;
  LifeRoutes& life;
  PackageRoutes& packages;
  SessionRoutes& sessions;
  StageRoutes& stages;
};

/// The routes that concern one index, as `main` has them: pages, files, uploads, sessions, the life of a
/// release, roles.
std::vector<auth::Route> make_index_routes(const IndexEndpoints& endpoints);

/// What the routes call. All of it outlives the table.
struct Endpoints {
  SimpleRoutes& simple;
  FileRoutes& files;
  UploadRoutes& uploads;
  AdminRoutes& admin;
  UserRoutes& users;
  RoleRoutes& roles;
  LifeRoutes& life;
  PackageRoutes& packages;
  OpenApiRoutes& openapi;
  SessionRoutes& sessions;
  StageRoutes& stages;
};

/// The route table: method, pattern, who may, and what answers.
std::vector<auth::Route> make_routes(const Endpoints& endpoints);

}  // namespace packhouse::api
