#include "api/name_routes.hpp"

#include <spdlog/logger.h>

#include "api/access.hpp"
#include "index/reserved_names.hpp"
#include "routing/json_exchange.hpp"

namespace packhouse::api {
namespace {

using routing::json_answer;
using routing::optional_bool;
using routing::parse_json_body;

}  // namespace

json::Object to_json(const ReservedName& name) {
  return {
      {"name", name.name}, {"prefix", name.prefix}, {"reason", name.reason}, {"made", to_iso8601(name.made)}};
}

std::vector<routing::Route> NameRoutes::routes() {
  routing::RouteTable table{*this,
                            {.body_limit = routing::small_body,
                             .body_type = routing::json_body,
                             .problems = routing::ProblemFormat::json}};
  table.add(http::Method::get, "/api/v1/names", administrators, &NameRoutes::list);
  table.add(http::Method::post, "/api/v1/names", administrators, &NameRoutes::reserve);
  table.add(http::Method::del, "/api/v1/names/{name}", administrators, &NameRoutes::lift);
  return table.take();
}

http::Response NameRoutes::list(routing::RequestContext& call) {
  const auto names = main_.store.upstreams().reserved();
  if (!names.ok()) return call.refuse(names.error());
  json::Array listed;
  for (const auto& name : *names)
    listed.emplace_back(to_json(name));
  return json_answer(200, json::Object{{"names", std::move(listed)}});
}

http::Response NameRoutes::reserve(routing::RequestContext& call) {
  const auto asked = [&]() -> Result<ReservedName> {
    TRY(const auto body, parse_json_body(call.request, {"name", "prefix", "reason"}));
    TRY(const auto name, json::get_string(body, "name"));
    TRY(const auto prefix, optional_bool(body, "prefix"));
    TRY(const auto reason, json::get_string(body, "reason"));
    return index::parse_reservation(name, prefix.value_or(false), reason, main_.clock.now());
  }();
  if (!asked.ok()) return call.refuse(asked.error());
  const auto fresh = index::reserve(main_.store, *asked, call.actor());
  if (!fresh.ok()) return call.refuse(fresh.error());
  changed_();
  log_.info("{} reserved by {} {} from {}", asked->pattern(), call.actor().kind, call.actor().id,
            call.request.peer);
  auto body = to_json(*asked);
  body["new"] = *fresh;
  return json_answer(*fresh ? 201 : 200, body);
}

http::Response NameRoutes::lift(routing::RequestContext& call) {
  const auto asked = [&]() -> Result<ReservedName> {
    TRY(const auto body, parse_json_body(call.request, {"prefix", "reason"}));
    TRY(const auto prefix, optional_bool(body, "prefix"));
    TRY(const auto reason, json::get_string(body, "reason"));
    return index::parse_reservation(call.request.param("name"), prefix.value_or(false), reason,
                                    main_.clock.now());
  }();
  if (!asked.ok()) return call.refuse(asked.error());
  if (const auto lifted = index::lift(main_.store, *asked, call.actor()); !lifted.ok())
    return call.refuse(lifted.error());
  changed_();
  log_.info("the reservation of {} lifted by {} {} from {}", asked->pattern(), call.actor().kind,
            call.actor().id, call.request.peer);
  return json_answer(200, to_json(*asked));
}

}  // namespace packhouse::api
