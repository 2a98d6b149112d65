#pragma once

#include "auth/gate.hpp"
#include "index/context.hpp"
#include "index/user_service.hpp"

namespace packhouse::api {

/// Users over HTTP; JSON in and out. They are the whole server's.
class UserRoutes {
 public:
  UserRoutes(index::UserService& users, spdlog::logger& log) : users_(users), log_(log) {}

  http::Response list(auth::Call& call);
  http::Response create(auth::Call& call);
  http::Response change(auth::Call& call);

 private:
  Result<User> apply(const json::Object& body, auth::Call& call);

  index::UserService& users_;
  spdlog::logger& log_;
};

/// Who is what to the projects of one index; JSON in and out.
class RoleRoutes {
 public:
  RoleRoutes(const index::Context& context, index::UserService& users) : context_(context), users_(users) {}

  http::Response list(auth::Call& call);
  http::Response put(auth::Call& call);
  http::Response remove(auth::Call& call);

 private:
  const index::Context& context_;
  index::UserService& users_;
};

/// Without the password, and without its hash.
json::Object to_json(const User& user);

}  // namespace packhouse::api
