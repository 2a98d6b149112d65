#pragma once

#include <spdlog/fwd.h>

#include "index/context.hpp"
#include "index/user_service.hpp"
#include "routing/route.hpp"

namespace packhouse::api {

/// The server's users over HTTP; JSON in and out.
class UserRoutes final : public routing::RouteGroup {
 public:
  UserRoutes(index::UserService& users, spdlog::logger& log) : users_(users), log_(log) {}

  std::vector<routing::Route> routes() override;

  http::Response list(routing::RequestContext& call);
  http::Response create(routing::RequestContext& call);
  http::Response change(routing::RequestContext& call);

 private:
  Result<User> apply(const json::Object& body, routing::RequestContext& call);

  index::UserService& users_;
  spdlog::logger& log_;
};

/// Roles on the projects of one index; JSON in and out.
class RoleRoutes final : public routing::RouteGroup {
 public:
  RoleRoutes(const index::Context& context, index::UserService& users) : context_(context), users_(users) {}

  std::vector<routing::Route> routes() override;

  http::Response list(routing::RequestContext& call);
  http::Response put(routing::RequestContext& call);
  http::Response remove(routing::RequestContext& call);

 private:
  const index::Context& context_;
  index::UserService& users_;
};

/// Without the password, and without its hash.
json::Object to_json(const User& user);

}  // namespace packhouse::api
