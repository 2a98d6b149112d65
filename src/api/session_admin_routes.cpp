#include "api/session_admin_routes.hpp"

#include <fmt/format.h>
#include <spdlog/logger.h>

#include <optional>

#include "api/access.hpp"
#include "base/text.hpp"
#include "routing/json_exchange.hpp"

namespace packhouse::api {
namespace {

using routing::json_answer;
using routing::optional_string;
using routing::parse_json_body;

http::Response answer_list(const routing::RequestContext& call, const index::Sessions& sessions,
                           std::string_view index, std::optional<std::string_view> project) {
  const auto open = sessions.list();
  if (!open.ok()) return call.refuse(open.error());
  json::Array list;
  for (const auto& listed : *open) {
    if (!project || listed.session.release.project.str() == *project)
      list.emplace_back(to_json(listed, index));
  }
  return json_answer(200, json::Object{{"sessions", std::move(list)}});
}

Result<std::string> read_reason(const http::Request& request) {
  TRY(const auto body, parse_json_body(request, {"reason"}));
  TRY(auto reason, optional_string(body, "reason"));
  return std::move(reason).value_or("");
}

}  // namespace

json::Object to_json(const ListedSession& listed, std::string_view index) {
  const auto& session = listed.session;
  json::Value label;
  if (session.label) label = to_string(*session.label);
  return {{"id", session.id},
          {"index", index},
          {"project", session.release.project.str()},
          {"version", session.release.version.str()},
          {"owner", {{"kind", session.owner.kind}, {"id", session.owner.id}}},
          {"label", std::move(label)},
          {"files", listed.files},
          {"bytes", listed.bytes},
          {"created", to_iso8601(session.created)},
          {"expires", to_iso8601(session.expires)}};
}

std::vector<routing::Route> SessionAdminRoutes::routes() {
  using http::Method;
  routing::RouteTable table{*this,
                            {.body_limit = routing::small_body,
                             .body_type = routing::json_body,
                             .problems = routing::ProblemFormat::json}};
  table.add(Method::get, "/api/v1/sessions", index_administrators, &SessionAdminRoutes::list);
  table.add(Method::get, "/api/v1/projects/{project}/sessions", project_administrators,
            &SessionAdminRoutes::list_of_project);
  table.add(Method::del, "/api/v1/sessions/{number}", session_administrators, &SessionAdminRoutes::cancel);
  return table.take();
}

http::Response SessionAdminRoutes::list(routing::RequestContext& call) {
  return answer_list(call, sessions_, context_.index, std::nullopt);
}

http::Response SessionAdminRoutes::list_of_project(routing::RequestContext& call) {
  return answer_list(call, sessions_, context_.index, call.request.param("project"));
}

http::Response SessionAdminRoutes::cancel(routing::RequestContext& call) {
  const auto number = parse_decimal(call.request.param("number"));
  constexpr std::uint64_t most = 1ULL << 62U;
  const auto session = sessions_.find(number && *number < most ? static_cast<std::int64_t>(*number) : 0);
  // Only an administrator of the index learns which numbers there are.
  const std::string project = session.ok() ? session->release.project.str() : std::string{};
  if (!call.may(Permission::admin, project)) {
    return call.refuse({Errc::forbidden, "this credential may not cancel that session",
                        "use one that may administer its project"});
  }
  if (!session.ok()) return call.refuse(session.error());
  const auto reason = read_reason(call.request);
  if (!reason.ok()) return call.refuse(reason.error());
  const auto actor = call.actor();
  const auto canceled = sessions_.cancel(*session, actor, *reason);
  if (!canceled.ok()) return call.refuse(canceled.error());
  log_.info("session {} of {} canceled by {} {} from {}", session->id,
            index::subject_of(context_.index, session->release), actor.kind, actor.id, actor.address);
  return json_answer(200, json::Object{{"id", session->id}, {"canceled", true}});
}

}  // namespace packhouse::api
