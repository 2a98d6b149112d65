#include "index/user_service.hpp"

#include <fmt/format.h>

#include "auth/password.hpp"
#include "base/reason.hpp"
#include "base/text.hpp"
#include "pep/project_name.hpp"

namespace packhouse::index {
namespace {

Result<Permissions> parse_permissions(std::string_view text) {
  if (text.empty()) return Permissions{};
  return Permissions::parse(text);
}

LedgerNote note_of(std::string action, std::string_view user, const Actor& actor, json::Object detail) {
  return {.actor = actor,
          .action = std::move(action),
          .subject = fmt::format("user/{}", user),
          .reason = {},
          .detail = std::move(detail)};
}

}  // namespace

Result<UserRequest> UserRequest::parse(std::string_view name, std::string_view permissions,
                                       const Secret& password) {
  UserRequest request;
  TRY(request.name, parse_user_name(name));
  TRY(request.permissions, parse_permissions(permissions));
  if (!password.empty()) CHECK_OK(auth::check_password(password));
  request.password = password;
  return request;
}

Result<User> UserService::create(const UserRequest& request, const Actor& actor) {
  const User user{.id = 0,
                  .name = request.name,
                  .password = request.password.empty() ? Secret{} : auth::hash_password(request.password),
                  .permissions = request.permissions,
                  .created = clock_.now(),
                  .disabled = {}};
  TRY(auto added, store_.add_user(user, note_of("user.create", user.name, actor,
                                                {{"permissions", user.permissions.str()},
                                                 {"password", !user.password.empty()}})));
  CHECK_OK(refresh());
  return added;
}

Result<std::vector<User>> UserService::list() {
  TRY(auto access, store_.snapshot());
  return std::move(access.users);
}

Result<User> UserService::change(std::string_view name, const UserChange& change, const LedgerNote& note) {
  TRY(auto user, store_.change_user(name, change, note, clock_.now()));
  CHECK_OK(refresh());
  return user;
}

Result<User> UserService::disable(std::string_view name, bool disabled, std::string_view reason,
                                  const Actor& actor) {
  auto note = note_of(disabled ? "user.disable" : "user.enable", name, actor, {});
  TRY(note.reason, parse_optional_reason(reason));
  return change(name, {.disabled = disabled}, note);
}

Result<User> UserService::set_password(std::string_view name, const Secret& password, const Actor& actor) {
  CHECK_OK(auth::check_password(password));
  return change(name, {.password = auth::hash_password(password)}, note_of("user.password", name, actor, {}));
}

Result<User> UserService::set_permissions(std::string_view name, std::string_view permissions,
                                          const Actor& actor) {
  TRY(const auto set, parse_permissions(permissions));
  return change(name, {.permissions = set},
                note_of("user.permissions", name, actor, {{"permissions", set.str()}}));
}

Result<std::vector<ProjectRole>> UserService::roles() {
  TRY(auto access, store_.snapshot());
  return std::move(access.roles);
}

Result<ProjectRole> UserService::set_role(std::string_view index, std::string_view project,
                                          std::string_view user, std::optional<Role> role,
                                          const Actor& actor) {
  TRY(const auto name, ProjectName::parse(project));
  json::Object detail{{"user", user}};
  if (role) detail["role"] = to_string(*role);
  const LedgerNote note{.actor = actor,
                        .action = role ? "role.grant" : "role.revoke",
                        .subject = fmt::format("{}/{}", index, name.str()),
                        .reason = {},
                        .detail = std::move(detail)};
  CHECK_OK(store_.set_role(index, name.str(), user, role, note, clock_.now()));
  CHECK_OK(refresh());
  return ProjectRole{.index = std::string(index),
                     .project = name.str(),
                     .user = std::string(user),
                     .role = role.value_or(Role::maintainer)};
}

Status UserService::refresh() {
  return authenticator_.reload([this] { return store_.snapshot(); });
}

}  // namespace packhouse::index
