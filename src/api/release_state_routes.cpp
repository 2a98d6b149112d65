#include "api/release_state_routes.hpp"

#include <fmt/format.h>
#include <spdlog/logger.h>

#include "api/access.hpp"
#include "index/catalog.hpp"
#include "index/copy.hpp"
#include "index/deletion.hpp"
#include "index/remove.hpp"
#include "routing/json_exchange.hpp"

namespace packhouse::api {
namespace {

using routing::json_answer;
using routing::optional_string;
using routing::parse_json_body;

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

struct DeletionRequest {
  index::DeletionTarget target;
  std::string reason;
  bool dry_run = false;
};

Result<DeletionRequest> parse_deletion(const http::Request& request,
                                       const std::optional<std::string>& version) {
  TRY(const auto body, parse_json_body(request, {"reason", "dry_run"}));
  TRY(const auto reason, optional_string(body, "reason"));
  TRY(const auto dry_run, routing::optional_bool(body, "dry_run"));
  TRY(auto target, index::DeletionTarget::parse(request.param("project"), version));
  return DeletionRequest{
      .target = std::move(target), .reason = reason.value_or(""), .dry_run = dry_run.value_or(false)};
}

/// A copy makes its files readable here: the caller must be able to read the source.
bool may_read(const routing::RequestContext& call, std::string_view index, std::string_view project) {
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

std::vector<routing::Route> ReleaseStateRoutes::routes() {
  routing::RouteTable table{*this,
                            {.body_limit = routing::small_body,
                             .body_type = routing::json_body,
                             .problems = routing::ProblemFormat::problem_json}};
  const auto add_change = [&](std::string_view pattern, const routing::Access& access, auto handler) {
    table.add(http::Method::post, pattern, access, handler);
  };
  table.add(http::Method::get, "/api/v1/projects/{project}", project_readers, &ReleaseStateRoutes::project)
      .heavy = true;
  table.add(http::Method::put, "/api/v1/projects/{project}/status", project_administrators,
            &ReleaseStateRoutes::set_status);
  add_change("/api/v1/projects/{project}/releases/{version}/yank", yankers, &ReleaseStateRoutes::yank);
  add_change("/api/v1/projects/{project}/releases/{version}/unyank", yankers, &ReleaseStateRoutes::unyank);
  add_change("/api/v1/projects/{project}/releases/{version}/block", yankers, &ReleaseStateRoutes::block);
  add_change("/api/v1/projects/{project}/releases/{version}/unblock", yankers, &ReleaseStateRoutes::unblock);
  add_change("/api/v1/projects/{project}/releases/{version}/copy", project_publishers,
             &ReleaseStateRoutes::copy);
  table
      .add(http::Method::del, "/api/v1/projects/{project}/files/{filename}", project_administrators,
           &ReleaseStateRoutes::delete_file)
      .problems = routing::ProblemFormat::json;
  table.add(http::Method::del, "/api/v1/projects/{project}", project_administrators,
            &ReleaseStateRoutes::delete_project);
  table.add(http::Method::del, "/api/v1/projects/{project}/releases/{version}", project_administrators,
            &ReleaseStateRoutes::delete_release);
  return table.take();
}

http::Response ReleaseStateRoutes::project(routing::RequestContext& call) const {
  const auto name = ProjectName::parse(call.request.param("project"));
  if (!name.ok()) return call.refuse(name.error());
  const index::Catalog catalog{context_};
  const auto make = [&]() -> Result<PagePointer> {
    TRY(const auto detail, catalog.recorded_project(name->str()));
    return make_page(folder_, json::dump(index::to_json(detail)), PageKind{"application/json"},
                     {.serial = detail.serial, .identity = call.route.identity});
  };
  // A project without a file is small, and has no summary.
  const auto summary = catalog.summary(name->str());
  const auto page = summary.ok() ? caches_.view(*summary, "releases", make) : make();
  if (page.ok()) return answer_with(*page, call.request);
  if (page.error().code == Errc::not_found)
    return call.refuse({Errc::not_found, fmt::format("there is no project {}", quote(name->str()))});
  return call.refuse(page.error());
}

http::Response ReleaseStateRoutes::set_status(routing::RequestContext& call) const {
  const auto wanted = parse_status(call.request);
  if (!wanted.ok()) return call.refuse(wanted.error());
  return tell(
      call, "status",
      lifecycle_.set_status(call.request.param("project"), wanted->status, wanted->reason, call.actor()));
}

http::Response ReleaseStateRoutes::yank(routing::RequestContext& call) const {
  return change(call, "yank", &index::ReleaseLifecycle::yank);
}

http::Response ReleaseStateRoutes::unyank(routing::RequestContext& call) const {
  return change(call, "unyank", &index::ReleaseLifecycle::unyank);
}

http::Response ReleaseStateRoutes::block(routing::RequestContext& call) const {
  return change(call, "block", &index::ReleaseLifecycle::block);
}

http::Response ReleaseStateRoutes::unblock(routing::RequestContext& call) const {
  return change(call, "unblock", &index::ReleaseLifecycle::unblock);
}

http::Response ReleaseStateRoutes::copy(routing::RequestContext& call) const {
  const auto wanted = parse_copy(call.request);
  if (!wanted.ok()) return call.refuse(wanted.error());
  const auto& [target, from, reason] = *wanted;
  const auto& project = target.release.project.str();
  if (!may_read(call, from, project)) {
    return call.refuse({Errc::not_found,
                        fmt::format("there is no project {} in the index {}", quote(project), quote(from))});
  }
  const auto done = index::copy_release(context_, from, target, reason, call.actor());
  if (!done.ok()) return call.refuse(done.error());
  const auto actor = call.actor();
  if (done->added > 0) {
    log_.info("copy {} from {} by {} {} from {}", done->subject, from, actor.kind, actor.id, actor.address);
  }
  return json_answer(200, index::to_json(*done));
}

http::Response ReleaseStateRoutes::delete_file(routing::RequestContext& call) const {
  const auto body = parse_json_body(call.request, {"reason"});
  if (!body.ok()) return call.refuse(body.error());
  const auto reason = optional_string(*body, "reason");
  if (!reason.ok()) return call.refuse(reason.error());
  const auto gone = index::remove_file(context_, call.request.param("project"),
                                       call.request.param("filename"), reason->value_or(""), call.actor());
  if (!gone.ok()) return call.refuse(gone.error());
  log_.info("deleted {} by {} {} from {}", index::subject_of(context_.index, *gone), call.actor().kind,
            call.actor().id, call.request.peer);
  return json_answer(200, json::Object{{"project", gone->release.project.str()},
                                       {"version", gone->release.version.str()},
                                       {"filename", gone->filename},
                                       {"sha256", gone->sha256.hex()}});
}

http::Response ReleaseStateRoutes::delete_project(routing::RequestContext& call) const {
  return delete_releases(call, std::nullopt);
}

http::Response ReleaseStateRoutes::delete_release(routing::RequestContext& call) const {
  return delete_releases(call, std::string(call.request.param("version")));
}

http::Response ReleaseStateRoutes::delete_releases(const routing::RequestContext& call,
                                                   const std::optional<std::string>& version) const {
  const auto wanted = parse_deletion(call.request, version);
  if (!wanted.ok()) return call.refuse(wanted.error());
  const auto actor = call.actor();
  const auto deletion = wanted->dry_run
                            ? index::plan_deletion(context_, wanted->target)
                            : index::delete_releases(context_, wanted->target, wanted->reason, actor);
  if (!deletion.ok()) return call.refuse(deletion.error());
  if (!wanted->dry_run) {
    log_.info("deleted {} files of {} releases of {}/{} by {} {} from {}", deletion->files(),
              deletion->releases.size(), context_.index, deletion->project.str(), actor.kind, actor.id,
              actor.address);
  }
  auto answer = deletion->to_json();
  answer["deleted"] = !wanted->dry_run;
  return json_answer(200, answer);
}

http::Response ReleaseStateRoutes::change(routing::RequestContext& call, std::string_view word,
                                          Change change) const {
  const auto request = parse_change(call.request);
  if (!request.ok()) return call.refuse(request.error());
  return tell(call, word, (lifecycle_.*change)(request->target, request->reason, call.actor()));
}

http::Response ReleaseStateRoutes::tell(const routing::RequestContext& call, std::string_view word,
                                        const Result<index::StateChange>& done) const {
  if (!done.ok()) return call.refuse(done.error());
  if (done->changed) {
    const auto actor = call.actor();
    log_.info("{} {} by {} {} from {}", word, done->subject, actor.kind, actor.id, actor.address);
  }
  return json_answer(200, json::Object{{"subject", done->subject}, {"changed", done->changed}});
}

}  // namespace packhouse::api
