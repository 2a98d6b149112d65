#pragma once

#include "auth/gate.hpp"
#include "index/context.hpp"
#include "index/user_service.hpp"

namespace packhouse::api {

/// Users and their roles over HTTP; JSON in and out.
class UserRoutes {
 public:
  UserRoutes(const index::Context& context, index::UserService& users, spdlog::logger& log)
      : context_(context), users_(users), log_(log) {}

  http::Response list(auth::Call& call);
  http::Response create(auth::Call& call);
  http::Response change(auth::Call& call);
  http::Response list_roles(auth::Call& call);
  http::Response put_role(auth::Call& call);
  http::Response delete_role(auth::Call& call);

 private:
  Result<User> apply(const json::Object& body, auth::Call& call);

  const index::Context& context_;
  index::UserService& users_;
  spdlog::logger& log_;
};

/// Without the password, and without its hash.
json::Object to_json(const User& user);

}  // namespace packhouse::api
