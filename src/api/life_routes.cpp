#include "api/life_routes.hpp"

#include <fmt/format.h>
#include <spdlog/logger.h>

#include "api/json_exchange.hpp"
#include "index/copy.hpp"

namespace packhouse::api {
namespace {

using http::Method;

constexpr std::uint64_t small_body = 64UL << 10U;

http::Response refuse(const auth::Call& call, const Error& error) {
  return call.refuse(error, auth::ProblemFormat::problem_json);
}

struct ChangeRequest {
  index::ReleaseTarget target;
  std::string reason;
};

Result<ChangeRequest> parse_change(const http::Request& request) {
  TRY(const auto body, parse_json_body(request, {"file", "reason"}));
  TRY(const auto file, optional_string(body, "file"));
  TRY(const auto reason, optional_string(body, "reason"));
  TRY(auto target, index::ReleaseTarget::parse(request.param("project"), request.param("version"), file));
  return ChangeRequest{.target = std::move(target), .reason = reason.value_or("")};
}

struct CopyRequest {
  index::ReleaseTarget target;
  std::string from;
  std::string reason;
};

Result<CopyRequest> parse_copy(const http::Request& request) {
  TRY(const auto body, parse_json_body(request, {"from", "reason"}));
  TRY(auto from, json::get_string(body, "from"));
  TRY(const auto reason, optional_string(body, "reason"));
  TRY(auto target, index::ReleaseTarget::parse(request.param("project"), request.param("version")));
  return CopyRequest{.target = std::move(target), .from = std::move(from), .reason = reason.value_or("")};
}

/// A copy shows what it copies: whoever may publish here must be able to read there.
bool may_read(const auth::Call& call, std::string_view index, std::string_view project) {
  return call.caller && call.caller->may(Permission::read, {.index = index, .project = project});
}

struct StatusRequest {
  ProjectStatus status = ProjectStatus::active;
  std::string reason;
};

Result<StatusRequest> parse_status(const http::Request& request) {
  TRY(const auto body, parse_json_body(request, {"status", "reason"}));
  TRY(const auto word, json::get_string(body, "status"));
  TRY(const auto reason, optional_string(body, "reason"));
  TRY(const auto status, parse_project_status(word));
  return StatusRequest{.status = status, .reason = reason.value_or("")};
}

}  // namespace

http::Response LifeRoutes::project(auth::Call& call) const {
  const auto name = ProjectName::parse(call.request.param("project"));
  if (!name.ok()) return refuse(call, name.error());
  const auto detail = context_.store.catalog().project(context_.index, name->str());
  if (detail.ok()) return json_answer(200, index::to_json(*detail));
  return refuse(call, {Errc::not_found, fmt::format("there is no project {}", quote(name->str()))});
}

http::Response LifeRoutes::set_status(auth::Call& call) const {
  const auto wanted = parse_status(call.request);
  if (!wanted.ok()) return refuse(call, wanted.error());
  return tell(call, "status",
              life_.set_status(call.request.param("project"), wanted->status, wanted->reason, call.actor()));
}

http::Response LifeRoutes::yank(auth::Call& call) const {
  return change(call, "yank", &index::ReleaseLife::yank);
}

http::Response LifeRoutes::unyank(auth::Call& call) const {
  return change(call, "unyank", &index::ReleaseLife::unyank);
}

http::Response LifeRoutes::block(auth::Call& call) const {
  return change(call, "block", &index::ReleaseLife::block);
}

http::Response LifeRoutes::unblock(auth::Call& call) const {
  return change(call, "unblock", &index::ReleaseLife::unblock);
}

http::Response LifeRoutes::copy(auth::Call& call) const {
  const auto wanted = parse_copy(call.request);
  if (!wanted.ok()) return refuse(call, wanted.error());
  const auto& [target, from, reason] = *wanted;
  if (!may_read(call, from, target.release.project.str())) {
    return refuse(call, {Errc::not_found, fmt::format("there is no project {} in the index {}",
                                                      quote(target.release.project.str()), quote(from))});
  }
  const auto done = index::copy_release(context_, from, target, reason, call.actor());
  if (!done.ok()) return refuse(call, done.error());
  const auto actor = call.actor();
  if (done->added > 0) {
    log_.info("copy {} from {} by {} {} from {}", done->subject, from, actor.kind, actor.id, actor.address);
  }
  return json_answer(200, index::to_json(*done));
}

http::Response LifeRoutes::change(auth::Call& call, std::string_view word, Change change) const {
  const auto request = parse_change(call.request);
  if (!request.ok()) return refuse(call, request.error());
  return tell(call, word, (life_.*change)(request->target, request->reason, call.actor()));
}

http::Response LifeRoutes::tell(const auth::Call& call, std::string_view word,
                                const Result<index::StateChange>& done) const {
  if (!done.ok()) return refuse(call, done.error());
  if (done->changed) {
    const auto actor = call.actor();
    log_.info("{} {} by {} {} from {}", word, done->subject, actor.kind, actor.id, actor.address);
  }
  return json_answer(200, json::Object{{"subject", done->subject}, {"changed", done->changed}});
}

std::vector<auth::Route> LifeRoutes::routes() const {
  const auth::Access readers{.permission = Permission::read, .scope = auth::Scope::project};
  const auth::Access yankers{.permission = Permission::yank, .scope = auth::Scope::project};
  const auth::Access publishers{.permission = Permission::publish, .scope = auth::Scope::project};
  const auth::Access administrators{.permission = Permission::admin, .scope = auth::Scope::project};
  std::vector<auth::Route> table;
  const auto add = [&](Method method, std::string_view pattern, auth::Access access, auto handle) {
    table.push_back({.method = method,
                     .pattern = std::string(pattern),
                     .access = access,
                     .handle = [this, handle](auth::Call& call) { return (this->*handle)(call); },
                     .body_limit = method == Method::get ? 0 : small_body,
                     .problems = auth::ProblemFormat::problem_json});
  };
  add(Method::get, "/api/v1/projects/{project}", readers, &LifeRoutes::project);
  add(Method::put, "/api/v1/projects/{project}/status", administrators, &LifeRoutes::set_status);
  add(Method::post, "/api/v1/projects/{project}/releases/{version}/yank", yankers, &LifeRoutes::yank);
  add(Method::post, "/api/v1/projects/{project}/releases/{version}/unyank", yankers, &LifeRoutes::unyank);
  add(Method::post, "/api/v1/projects/{project}/releases/{version}/block", yankers, &LifeRoutes::block);
  add(Method::post, "/api/v1/projects/{project}/releases/{version}/unblock", yankers, &LifeRoutes::unblock);
  add(Method::post, "/api/v1/projects/{project}/releases/{version}/copy", publishers, &LifeRoutes::copy);
  return table;
}

}  // namespace packhouse::api
