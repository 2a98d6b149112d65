#include "api/publisher_routes.hpp"

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

Result<oidc::PublisherRequest> parse_publisher(const http::Request& request, std::string_view index) {
  TRY(const auto body,
      parse_json_body(request, {"kind", "issuer", "conditions", "permissions", "reads_index"}));
  TRY(const auto kind, json::get_string(body, "kind"));
  TRY(const auto issuer, optional_string(body, "issuer"));
  TRY(const auto conditions, json::get_object(body, "conditions"));
  TRY(const auto parsed, PublisherConditions::from_json(conditions));
  TRY(const auto permissions, optional_names(body, "permissions"));
  TRY(const auto reads_index, optional_bool(body, "reads_index"));
  TRY(auto publisher,
      oidc::PublisherRequest::parse(index, request.param("project"), kind, issuer.value_or(""), parsed,
                                    permissions.value_or(std::string(oidc::usual_permissions))));
  publisher.reads_index = reads_index.value_or(false);
  return publisher;
}

}  // namespace

std::vector<routing::Route> PublisherRoutes::routes() {
  routing::RouteTable table{*this,
                            {.body_limit = routing::small_body,
                             .body_type = routing::json_body,
                             .problems = routing::ProblemFormat::json}};
  const auto& who = project_administrators;
  table.add(http::Method::get, "/api/v1/publishers", index_administrators, &PublisherRoutes::list_all);
  table.add(http::Method::get, "/api/v1/projects/{project}/publishers", who, &PublisherRoutes::list);
  table.add(http::Method::post, "/api/v1/projects/{project}/publishers", who, &PublisherRoutes::add);
  table.add(http::Method::del, "/api/v1/projects/{project}/publishers/{id}", who, &PublisherRoutes::remove);
  return table.take();
}

http::Response PublisherRoutes::answer_list(routing::RequestContext& call, std::string_view project) {
  const auto found = publishers_.list(context_.index, project);
  if (!found.ok()) return call.refuse(found.error());
  json::Array list;
  for (const auto& publisher : *found)
    list.emplace_back(oidc::to_json(publisher));
  return json_answer(200, json::Object{{"publishers", std::move(list)}});
}

http::Response PublisherRoutes::list_all(routing::RequestContext& call) {
  return answer_list(call, {});
}

http::Response PublisherRoutes::list(routing::RequestContext& call) {
  return answer_list(call, call.request.param("project"));
}

http::Response PublisherRoutes::add(routing::RequestContext& call) {
  const auto request = parse_publisher(call.request, context_.index);
  if (!request.ok()) return call.refuse(request.error());
  const auto actor = call.actor();
  const auto added = publishers_.add(*request, actor);
  if (!added.ok()) return call.refuse(added.error());
  log_.info("publisher {} of {} added by {} {} from {}", added->id, added->project, actor.kind, actor.id,
            actor.address);
  return json_answer(201, oidc::to_json(*added));
}

http::Response PublisherRoutes::remove(routing::RequestContext& call) {
  const auto body = parse_json_body(call.request, {"reason"});
  if (!body.ok()) return call.refuse(body.error());
  const auto reason = optional_string(*body, "reason");
  if (!reason.ok()) return call.refuse(reason.error());
  const auto id = parse_decimal(call.request.param("id"));
  if (!id) return call.refuse({Errc::not_found, "there is no such publisher"});
  const auto actor = call.actor();
  const auto removed = publishers_.remove(context_.index, call.request.param("project"),
                                          static_cast<std::int64_t>(*id), reason->value_or(""), actor);
  if (!removed.ok()) return call.refuse(removed.error());
  log_.info("publisher {} of {} removed by {} {} from {}", removed->id, removed->project, actor.kind,
            actor.id, actor.address);
  return json_answer(200, oidc::to_json(*removed));
}

}  // namespace packhouse::api
