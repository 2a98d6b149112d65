#pragma once

#include <vector>

#include "api/admin_routes.hpp"
#include "api/file_routes.hpp"
#include "api/simple_routes.hpp"
#include "api/upload_routes.hpp"
#include "api/user_routes.hpp"
#include "auth/gate.hpp"

namespace packhouse::api {

/// What the routes call. All of it outlives the table.
struct Endpoints {
  SimpleRoutes& simple;
  FileRoutes& files;
  UploadRoutes& uploads;
  AdminRoutes& admin;
  UserRoutes& users;
};

/// The route table: method, pattern, who may, and what answers.
std::vector<auth::Route> make_routes(const Endpoints& endpoints);

}  // namespace packhouse::api
