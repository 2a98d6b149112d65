#include "api/admin_routes.hpp"

#include <fmt/format.h>
#include <spdlog/logger.h>

#include "api/access.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "index/catalog.hpp"
#include "index/ledger_export.hpp"
#include "routing/json_exchange.hpp"

namespace packhouse::api {
namespace {

using routing::json_answer;
using routing::optional_bool;
using routing::optional_int;
using routing::optional_names;
using routing::optional_string;
using routing::parse_json_body;
using routing::to_json;

constexpr std::size_t max_ledger_page = 1000;

Result<index::TokenRequest> parse_token_request(const http::Request& request) {
  TRY(const auto body, parse_json_body(request, {"label", "permissions", "project", "index", "user",
                                                 "service", "expires_in_days"}));
  TRY(const auto label, json::get_string(body, "label"));
  TRY(const auto permissions, optional_names(body, "permissions"));
  if (!permissions) return Error{Errc::invalid_input, "expected an array at permissions, found nothing"};
  TRY(const auto project, optional_string(body, "project"));
  TRY(const auto index, optional_string(body, "index"));
  TRY(const auto user, optional_string(body, "user"));
  TRY(const auto service, optional_bool(body, "service"));
  TRY(const auto days, optional_int(body, "expires_in_days"));
  return index::TokenRequest::parse({.label = label,
                                     .permissions = *permissions,
                                     .project = project,
                                     .index = index,
                                     .user = user,
                                     .service = service.value_or(false),
                                     .expires_in_days = days});
}

Result<std::int64_t> parse_id(std::string_view text) {
  const auto id = parse_decimal(text);
  if (id && *id <= 1ULL << 62U) return static_cast<std::int64_t>(*id);
  return Error{Errc::not_found, fmt::format("there is no token {}", quote(text)), "expected its number"};
}

}  // namespace

json::Object to_json(const Token& token) {
  return {{"id", token.id},
          {"label", token.label},
          {"permissions", to_json(token.permissions)},
          {"project", to_json(token.project)},
          {"index", to_json(token.index)},
          {"user", to_json(token.user)},
          {"made_by", to_json(token.made_by)},
          {"created", to_iso8601(token.created)},
          {"expires", to_json(token.expires)},
          {"last_used", to_json(token.last_used)},
          {"revoked", to_json(token.revoked)}};
}

json::Object to_json(const LedgerEntry& entry) {
  return {
      {"sequence", entry.sequence},
      {"time", to_iso8601(entry.time)},
      {"actor",
       {{"kind", entry.note.actor.kind}, {"id", entry.note.actor.id}, {"address", entry.note.actor.address}}},
      {"action", entry.note.action},
      {"subject", entry.note.subject},
      {"reason", entry.note.reason},
      {"detail", entry.note.detail},
      {"previous", entry.previous},
      {"hash", entry.hash}};
}

std::vector<routing::Route> AdminRoutes::routes() {
  routing::RouteTable table{*this,
                            {.body_limit = routing::small_body,
                             .body_type = routing::json_body,
                             .problems = routing::ProblemFormat::json}};
  table.add(http::Method::get, "/api/v1/tokens", administrators, &AdminRoutes::list_tokens);
  table.add(http::Method::post, "/api/v1/tokens", administrators, &AdminRoutes::create_token);
  table.add(http::Method::del, "/api/v1/tokens/{id}", administrators, &AdminRoutes::revoke_token);
  table.add(http::Method::get, "/api/v1/ledger", administrators, &AdminRoutes::ledger);
  table.add(http::Method::get, "/-/health", everyone, &AdminRoutes::health);
  return table.take();
}

http::Response AdminRoutes::list_tokens(routing::RequestContext& call) {
  const auto tokens = tokens_.list();
  if (!tokens.ok()) return call.refuse(tokens.error());
  json::Array list;
  for (const auto& token : *tokens)
    list.emplace_back(to_json(token));
  return json_answer(200, json::Object{{"tokens", std::move(list)}});
}

http::Response AdminRoutes::create_token(routing::RequestContext& call) {
  const auto request = parse_token_request(call.request);
  if (!request.ok()) return call.refuse(request.error());
  const auto& user = call.caller->user;
  const auto issued = tokens_.create(*request, call.actor(), user ? std::optional{user->name} : std::nullopt);
  if (!issued.ok()) return call.refuse(issued.error());
  log_.info("token {} created by {} {} from {}", issued->token.id, call.actor().kind, call.actor().id,
            call.request.peer);
  auto body = to_json(issued->token);
  body["token"] = issued->secret.reveal();  // the only time that it is shown
  return json_answer(201, body);
}

http::Response AdminRoutes::revoke_token(routing::RequestContext& call) {
  const auto id = parse_id(call.request.param("id"));
  if (!id.ok()) return call.refuse(id.error());
  const auto body = parse_json_body(call.request, {"reason"});
  if (!body.ok()) return call.refuse(body.error());
  const auto reason = optional_string(*body, "reason");
  if (!reason.ok()) return call.refuse(reason.error());
  const auto revoked = tokens_.revoke(*id, reason->value_or(""), call.actor());
  if (!revoked.ok()) return call.refuse(revoked.error());
  log_.info("token {} revoked by {} {} from {}", *id, call.actor().kind, call.actor().id, call.request.peer);
  return json_answer(200, json::Object{{"id", *id}, {"revoked", true}});
}

http::Response AdminRoutes::ledger(routing::RequestContext& call) {
  const auto after = parse_decimal(call.request.query_value("after").value_or("0"));
  const auto limit = parse_decimal(call.request.query_value("limit").value_or("100"));
  if (!after || *after > 1ULL << 62U || !limit || *limit == 0 || *limit > max_ledger_page) {
    return call.refuse(
        {Errc::invalid_input,
         fmt::format("expected decimal numbers as after and limit, and 1 to {} as limit", max_ledger_page)});
  }
  const auto entries = index::ledger_page(main_, static_cast<std::int64_t>(*after), *limit);
  if (!entries.ok()) return call.refuse(entries.error());
  json::Array list;
  for (const auto& entry : *entries)
    list.emplace_back(to_json(entry));
  return json_answer(200, json::Object{{"entries", std::move(list)}});
}

http::Response AdminRoutes::health(routing::RequestContext& call) {
  const auto serial = index::Catalog{main_}.serial();
  if (!serial.ok()) return call.refuse({Errc::unavailable, "the database does not answer"});
  return json_answer(200, json::Object{{"status", "ok"}});
}

}  // namespace packhouse::api
