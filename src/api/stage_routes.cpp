#include "api/stage_routes.hpp"

#include <fmt/format.h>

#include <set>
#include <utility>

#include "api/access.hpp"
#include "api/content_policy.hpp"
#include "api/simple_page.hpp"
#include "base/text.hpp"
#include "pep/project_name.hpp"
#include "routing/redirect.hpp"

namespace packhouse::api {
namespace {

using routing::RequestContext;

constexpr std::string_view metadata_suffix = ".metadata";  // PEP 658

/// The address contains the token: no cache may keep the answer, and no other site may learn the address.
void add_private_fields(http::Response& response) {
  response.headers.set("Cache-Control", "private, no-store");
  response.headers.set("Referrer-Policy", "no-referrer");
}

http::Response with_private_fields(http::Response response) {
  if (!response.deferred) {
    add_private_fields(response);
    return response;
  }
  return UpstreamAnswers::deferred(
      response.deferred->lane, [inner = response.deferred] { return with_private_fields(inner->call()); });
}

http::Response refuse(const RequestContext& call, const Error& error) {
  auto response = call.refuse(error);
  add_private_fields(response);
  return response;
}

http::Response page(std::string body, Representation representation) {
  auto response = http::Response::text(200, std::move(body), std::string(content_type(representation)));
  if (is_html(representation)) response.headers.add("Content-Security-Policy", std::string(page_policy));
  response.headers.add("Vary", "Accept");
  add_private_fields(response);
  return response;
}

Error no_such_project(std::string_view name) {
  return {Errc::not_found, fmt::format("there is no project {} on this stage", quote(name)),
          "what is not in the session needs a credential that may read the index"};
}

/// A published file of the same name conflicts with the staged one: the stage shows what publishing would
/// offer.
void put_over(ProjectDetail& detail, const Session& session) {
  std::set<std::string_view> names;
  for (const auto& staged : session.files)
    if (staged.status == StagedStatus::completed) names.insert(staged.filename);
  std::erase_if(detail.files, [&](const File& file) { return names.contains(file.filename); });
  for (const auto& staged : session.files) {
    if (staged.status != StagedStatus::completed) continue;
    detail.files.push_back(staged.file.value());
    detail.files.back().label = session.label;
  }
  const Version& version = session.release.version;
  if (detail.find_release(version) == nullptr)
    detail.releases.push_back({.version = version, .label = session.label});
}

bool is_at(const Sha256& digest, const http::Request& request) {
  return request.param("a").size() == 2 &&
         fmt::format("{}{}", request.param("a"), request.param("b")) == digest.hex();
}

}  // namespace

std::vector<routing::Route> StageRoutes::routes() {
  routing::RouteTable table{*this, {.other_method_hint = simple_hint}};
  const auto add = [&](std::string_view pattern, auto handler) -> routing::Route& {
    return table.add(http::Method::get, pattern, stage_readers, handler);
  };
  add("/stage/{session}/simple/", &StageRoutes::root);
  add("/stage/{session}/simple/{project}/", &StageRoutes::project).heavy = true;
  add("/stage/{session}/simple/{project}", &StageRoutes::project);
  add("/stage/{session}/files/{a}/{b}/{filename}", &StageRoutes::file);
  return table.take();
}

Result<Session> StageRoutes::find(const RequestContext& call) const {
  const Error none{Errc::not_found, "there is no such stage",
                   "its session was published, canceled or expired"};
  auto session = sessions_.find(Secret{std::string(call.request.param("session"))});
  if (!session.ok() || session->status != SessionStatus::open) return none;
  return session;
}

http::Response StageRoutes::root(RequestContext& call) const {
  const auto session = find(call);
  if (!session.ok()) return refuse(call, session.error());
  const auto representation = choose(call.request);
  if (!representation) return call.refuse(406, not_acceptable());
  auto body = root_list(call, session->release.project.str(), *representation);
  if (!body.ok()) return refuse(call, body.error());
  auto response = page(std::move(body->text), *representation);
  if (body->file.valid())
    response.body = http::FileBody{.fd = body->file.release(), .size = body->size, .etag = {}};
  return response;
}

Result<SpooledBody> StageRoutes::root_list(const RequestContext& call, const std::string& staged,
                                           Representation representation) const {
  TRY(const auto serial, catalog_.serial());
  Spool spool(folder_);
  RootList list(representation, serial, [&](std::string_view piece) { return spool.write(piece); });
  bool shown = false;
  const auto show_staged = [&] {
    return std::exchange(shown, true) ? success() : list.add({.name = staged, .serial = serial});
  };
  if (call.may(Permission::read, {})) {
    CHECK_OK(catalog_.each_project([&](const ProjectSummary& project) -> Result<bool> {
      if (project.name > staged) CHECK_OK(show_staged());
      if (project.name == staged) shown = true;
      CHECK_OK(list.add(project));
      return true;
    }));
  }
  CHECK_OK(show_staged());
  CHECK_OK(list.finish());
  return spool.finish();
}

Result<ProjectDetail> StageRoutes::overlay(const RequestContext& call, const Session& session,
                                           const std::string& project) const {
  const bool staged = project == session.release.project.str();
  if (call.may(Permission::read, project)) {
    auto detail = catalog_.project(project);
    if (detail.ok() && staged) put_over(*detail, session);
    if (detail.ok()) {
      // Attestations are looked at on the index itself: the stage has no address for them.
      for (File& file : detail->files)
        file.provenance_sha256.reset();
      return detail;
    }
  }
  if (!staged) return no_such_project(project);
  ProjectDetail detail;
  detail.name = project;
  put_over(detail, session);
  return detail;
}

http::Response StageRoutes::project(RequestContext& call) const {
  const auto session = find(call);
  if (!session.ok()) return refuse(call, session.error());
  const auto written = call.request.param("project");
  const auto name = ProjectName::parse(written);
  if (!name.ok()) return refuse(call, no_such_project(written));
  if (name->str() != written || !call.request.path.ends_with('/')) {
    const auto* up = call.request.path.ends_with('/') ? "../" : "";
    auto moved = routing::moved(call.request, fmt::format("{}{}/", up, name->str()));
    add_private_fields(moved);
    return moved;
  }
  const auto representation = choose(call.request);
  if (!representation) return call.refuse(406, not_acceptable());
  const auto detail = overlay(call, *session, name->str());
  if (!detail.ok()) {
    const bool upstream = upstreams_ != nullptr && call.may(Permission::read, name->str());
    return upstream ? upstream_page(call, *name, *representation) : refuse(call, detail.error());
  }
  return page(*representation == Representation::json ? project_json(*detail) : project_html(*detail),
              *representation);
}

/// Without the cached page: its fields are those of another address.
http::Response StageRoutes::upstream_page(const RequestContext& call, const ProjectName& name,
                                          Representation representation) const {
  return UpstreamAnswers::deferred(upstreams_->page_lane(name), [this, call, name, representation] {
    const auto view = upstreams_->upstreams().page(name);
    if (!view.ok()) return with_private_fields(refuse_upstream(call, view.error()));
    const auto& remote = view->page->page;
    auto body = representation == Representation::json ? project_json(remote) : project_html(remote);
    auto response = page(std::move(body), representation);
    response.cache_field = cache_field(view->state);
    return response;
  });
}

std::optional<http::Response> StageRoutes::staged_file(const Session& session,
                                                       const RequestContext& call) const {
  const auto& request = call.request;
  std::string_view filename = request.param("filename");
  const bool metadata = filename.ends_with(metadata_suffix);
  if (metadata) filename.remove_suffix(metadata_suffix.size());
  const auto* staged = session.find(filename);
  if (staged == nullptr || !staged->file || !is_at(staged->file->sha256, request)) return std::nullopt;
  const auto blob = metadata ? staged->file->metadata_sha256 : std::optional{staged->file->sha256};
  if (!blob) return std::nullopt;
  auto bytes = catalog_.open(*blob);
  if (!bytes.ok()) return refuse(call, bytes.error());
  http::Response response;
  response.headers.add("Content-Type", "application/octet-stream");
  response.headers.add("Content-Security-Policy", std::string(file_policy));
  const auto size = bytes->size();
  response.body =
      http::FileBody{.fd = bytes->release(), .size = size, .etag = fmt::format("\"{}\"", blob->hex())};
  return response;
}

http::Response StageRoutes::file(RequestContext& call) const {
  const auto session = find(call);
  if (!session.ok()) return refuse(call, session.error());
  auto staged = staged_file(*session, call);
  auto response = staged ? *std::move(staged) : files_.file(call);
  if (!call.caller && response.status == 403) {
    return refuse(call,
                  {Errc::not_found,
                   fmt::format("there is no file {} on this stage", quote(call.request.param("filename"))),
                   "what is not in the session needs a credential that may read the index"});
  }
  return with_private_fields(std::move(response));
}

}  // namespace packhouse::api
