#include "api/user_routes.hpp"

#include <fmt/format.h>
#include <spdlog/logger.h>

#include "api/access.hpp"
#include "base/text.hpp"
#include "routing/json_exchange.hpp"

namespace packhouse::api {
namespace {

using routing::json_answer;
using routing::optional_bool;
using routing::optional_names;
using routing::optional_string;
using routing::parse_json_body;
using routing::to_json;

Result<index::UserRequest> parse_user(const http::Request& request) {
  TRY(const auto body, parse_json_body(request, {"name", "permissions", "password"}));
  TRY(const auto name, json::get_string(body, "name"));
  TRY(const auto permissions, optional_names(body, "permissions"));
  TRY(auto password, optional_string(body, "password"));
  return index::UserRequest::parse(name, permissions.value_or("read"),
                                   Secret{std::move(password).value_or("")});
}

json::Object role_object(const ProjectRole& role) {
  return {{"project", role.project}, {"user", role.user}, {"role", to_string(role.role)}};
}

}  // namespace

json::Object to_json(const User& user) {
  return {{"name", user.name},
          {"permissions", to_json(user.permissions)},
          {"has_password", !user.password.empty()},
          {"created", to_iso8601(user.created)},
          {"disabled", to_json(user.disabled)}};
}

std::vector<routing::Route> UserRoutes::routes() {
  routing::RouteTable table{*this,
                            {.body_limit = routing::small_body,
                             .body_type = routing::json_body,
                             .problems = routing::ProblemFormat::json}};
  table.add(http::Method::get, "/api/v1/users", administrators, &UserRoutes::list);
  table.add(http::Method::post, "/api/v1/users", administrators, &UserRoutes::create);
  table.add(http::Method::patch, "/api/v1/users/{user}", administrators, &UserRoutes::change);
  return table.take();
}

http::Response UserRoutes::list(routing::RequestContext& call) {
  const auto users = users_.list();
  if (!users.ok()) return call.refuse(users.error());
  json::Array list;
  for (const auto& user : *users)
    list.emplace_back(to_json(user));
  return json_answer(200, json::Object{{"users", std::move(list)}});
}

http::Response UserRoutes::create(routing::RequestContext& call) {
  const auto request = parse_user(call.request);
  if (!request.ok()) return call.refuse(request.error());
  const auto actor = call.actor();
  const auto created = users_.create(*request, actor);
  if (!created.ok()) return call.refuse(created.error());
  log_.info("user {} created by {} {} from {}", created->name, actor.kind, actor.id, actor.address);
  return json_answer(201, to_json(*created));
}

/// One change for each request, so that each has its ledger entry.
Result<User> UserRoutes::apply(const json::Object& body, routing::RequestContext& call) {
  const auto name = call.request.param("user");
  TRY(const auto permissions, optional_names(body, "permissions"));
  TRY(auto password, optional_string(body, "password"));
  TRY(const auto disabled, optional_bool(body, "disabled"));
  TRY(const auto reason, optional_string(body, "reason"));
  const int asked = int{permissions.has_value()} + int{password.has_value()} + int{disabled.has_value()};
  if (asked != 1) {
    return Error{Errc::invalid_input,
                 fmt::format("expected one of permissions, password and disabled, found {}", asked)};
  }
  if (permissions) return users_.set_permissions(name, *permissions, call.actor());
  if (password) return users_.set_password(name, Secret{std::move(*password)}, call.actor());
  return users_.disable(name, *disabled, reason.value_or(""), call.actor());
}

http::Response UserRoutes::change(routing::RequestContext& call) {
  const auto body = parse_json_body(call.request, {"permissions", "password", "disabled", "reason"});
  if (!body.ok()) return call.refuse(body.error());
  const auto changed = apply(*body, call);
  if (!changed.ok()) return call.refuse(changed.error());
  const auto actor = call.actor();
  log_.info("user {} changed by {} {} from {}", changed->name, actor.kind, actor.id, actor.address);
  return json_answer(200, to_json(*changed));
}

std::vector<routing::Route> RoleRoutes::routes() {
  routing::RouteTable table{*this,
                            {.body_limit = routing::small_body,
                             .body_type = routing::json_body,
                             .problems = routing::ProblemFormat::json}};
  const auto& who = project_administrators;
  table.add(http::Method::get, "/api/v1/projects/{project}/roles", who, &RoleRoutes::list);
  table.add(http::Method::put, "/api/v1/projects/{project}/roles/{user}", who, &RoleRoutes::put);
  table.add(http::Method::del, "/api/v1/projects/{project}/roles/{user}", who, &RoleRoutes::remove);
  return table.take();
}

http::Response RoleRoutes::list(routing::RequestContext& call) {
  const auto roles = users_.roles();
  if (!roles.ok()) return call.refuse(roles.error());
  json::Array list;
  for (const auto& role : *roles) {
    if (role.index == context_.index && role.project == call.request.param("project"))
      list.emplace_back(role_object(role));
  }
  return json_answer(200, json::Object{{"roles", std::move(list)}});
}

http::Response RoleRoutes::put(routing::RequestContext& call) {
  const auto body = parse_json_body(call.request, {"role"});
  if (!body.ok()) return call.refuse(body.error());
  const auto text = json::get_string(*body, "role");
  if (!text.ok()) return call.refuse(text.error());
  const auto role = parse_role(*text);
  if (!role.ok()) return call.refuse(role.error());
  const auto given = users_.set_role(context_.index, call.request.param("project"),
                                     call.request.param("user"), *role, call.actor());
  if (!given.ok()) return call.refuse(given.error());
  return json_answer(200, role_object(*given));
}

http::Response RoleRoutes::remove(routing::RequestContext& call) {
  const auto taken = users_.set_role(context_.index, call.request.param("project"),
                                     call.request.param("user"), std::nullopt, call.actor());
  if (!taken.ok()) return call.refuse(taken.error());
  return json_answer(200,
                     json::Object{{"project", taken->project}, {"user", taken->user}, {"role", nullptr}});
}

}  // namespace packhouse::api
