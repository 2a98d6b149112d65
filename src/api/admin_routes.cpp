#include "api/admin_routes.hpp"

#include <fmt/format.h>
#include <spdlog/logger.h>

#include "base/json.hpp"
#include "base/text.hpp"
#include "index/remove.hpp"

namespace packhouse::api {
namespace {

constexpr std::size_t max_ledger_page = 1000;

http::Response answer(int status, const json::Value& value) {
  auto response = http::Response::text(status, json::dump(value), "application/json");
  response.headers.add("Cache-Control", "no-store");
  return response;
}

http::Response refuse(const auth::Call& call, const Error& error) {
  return call.refuse(error, auth::ProblemFormat::json);
}

/// An object with no key but those allowed; an empty body counts as an empty object.
Result<json::Object> parse_body(const http::Request& request,
                                std::initializer_list<std::string_view> allowed) {
  if (request.body.empty()) return json::Object{};
  TRY(const auto value, json::parse(request.body));
  if (!value.is_object()) return Error{Errc::invalid_input, "expected a JSON object as the body"};
  for (const auto& [key, unused] : value.get_object()) {
    if (std::ranges::find(allowed, std::string_view(key)) != allowed.end()) continue;
    return Error{Errc::invalid_input, fmt::format("unknown key {}", quote(key)),
                 fmt::format("known keys: {}", fmt::join(allowed, ", "))};
  }
  return value.get_object();
}

/// Absent and null are the same.
Result<std::optional<std::string>> optional_string(const json::Object& object, std::string_view key) {
  const auto* found = object.if_contains(key);
  if (found == nullptr || found->is_null()) return std::optional<std::string>{};
  TRY(auto text, json::get_string(object, key));
  return std::optional{std::move(text)};
}

Result<std::optional<std::int64_t>> optional_int(const json::Object& object, std::string_view key) {
  const auto* found = object.if_contains(key);
  if (found == nullptr || found->is_null()) return std::optional<std::int64_t>{};
  TRY(const auto number, json::get_int(object, key));
  return std::optional{number};
}

Result<index::TokenRequest> parse_token_request(const http::Request& request) {
  TRY(const auto body, parse_body(request, {"label", "permissions", "project", "expires_in_days"}));
  TRY(const auto label, json::get_string(body, "label"));
  TRY(const auto names, json::get_array(body, "permissions"));
  std::vector<std::string> permissions;
  for (const auto& name : names) {
    if (!name.is_string()) return Error{Errc::invalid_input, "expected strings in permissions"};
    permissions.emplace_back(name.get_string());
  }
  TRY(const auto project, optional_string(body, "project"));
  TRY(const auto days, optional_int(body, "expires_in_days"));
  return index::TokenRequest::parse(label, join(permissions, ","), project, days);
}

json::Value optional_time(const std::optional<Timestamp>& time) {
  return time ? json::Value(to_iso8601(*time)) : json::Value(nullptr);
}

Result<std::int64_t> parse_id(std::string_view text) {
  const auto id = parse_decimal(text);
  if (id && *id <= 1ULL << 62U) return static_cast<std::int64_t>(*id);
  return Error{Errc::not_found, fmt::format("there is no token {}", quote(text)), "expected its number"};
}

}  // namespace

json::Object to_json(const Token& token) {
  json::Array permissions;
  const auto names = token.permissions.str();
  for (const auto name : split(names, ','))
    permissions.emplace_back(name);
  return {{"id", token.id},
          {"label", token.label},
          {"permissions", std::move(permissions)},
          {"project", token.project ? json::Value(*token.project) : json::Value(nullptr)},
          {"created", to_iso8601(token.created)},
          {"expires", optional_time(token.expires)},
          {"last_used", optional_time(token.last_used)},
          {"revoked", optional_time(token.revoked)}};
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

http::Response AdminRoutes::list_tokens(auth::Call& call) {
  const auto tokens = tokens_.list();
  if (!tokens.ok()) return refuse(call, tokens.error());
  json::Array list;
  for (const auto& token : *tokens)
    list.emplace_back(to_json(token));
  return answer(200, json::Object{{"tokens", std::move(list)}});
}

http::Response AdminRoutes::create_token(auth::Call& call) {
  const auto request = parse_token_request(call.request);
  if (!request.ok()) return refuse(call, request.error());
  const auto issued = tokens_.create(*request, call.actor());
  if (!issued.ok()) return refuse(call, issued.error());
  log_.info("token {} created by token {} from {}", issued->token.id, call.actor().id, call.request.peer);
  auto body = to_json(issued->token);
  body["token"] = issued->secret.reveal();  // the only time that it is shown
  return answer(201, body);
}

http::Response AdminRoutes::revoke_token(auth::Call& call) {
  const auto id = parse_id(call.request.param("id"));
  if (!id.ok()) return refuse(call, id.error());
  const auto body = parse_body(call.request, {"reason"});
  if (!body.ok()) return refuse(call, body.error());
  const auto reason = optional_string(*body, "reason");
  if (!reason.ok()) return refuse(call, reason.error());
  const auto revoked = tokens_.revoke(*id, reason->value_or(""), call.actor());
  if (!revoked.ok()) return refuse(call, revoked.error());
  log_.info("token {} revoked by token {} from {}", *id, call.actor().id, call.request.peer);
  return answer(200, json::Object{{"id", *id}, {"revoked", true}});
}

http::Response AdminRoutes::delete_file(auth::Call& call) {
  const auto body = parse_body(call.request, {"reason"});
  if (!body.ok()) return refuse(call, body.error());
  const auto reason = optional_string(*body, "reason");
  if (!reason.ok()) return refuse(call, reason.error());
  const auto gone = index::remove_file(context_, call.request.param("project"),
                                       call.request.param("filename"), reason->value_or(""), call.actor());
  if (!gone.ok()) return refuse(call, gone.error());
  log_.info("deleted {} by token {} from {}", index::subject_of(context_.index, *gone), call.actor().id,
            call.request.peer);
  return answer(200, json::Object{{"project", gone->project},
                                  {"version", gone->version},
                                  {"filename", gone->filename},
                                  {"sha256", gone->sha256.hex()}});
}

http::Response AdminRoutes::ledger(auth::Call& call) {
  const auto after = parse_decimal(call.request.query_value("after").value_or("0"));
  const auto limit = parse_decimal(call.request.query_value("limit").value_or("100"));
  if (!after || *after > 1ULL << 62U || !limit || *limit == 0 || *limit > max_ledger_page) {
    return refuse(call, {Errc::invalid_input,
                         fmt::format("expected decimal numbers as after and limit, and 1 to {} as limit",
                                     max_ledger_page)});
  }
  const auto entries = context_.store.ledger(static_cast<std::int64_t>(*after), *limit);
  if (!entries.ok()) return refuse(call, entries.error());
  json::Array list;
  for (const auto& entry : *entries)
    list.emplace_back(to_json(entry));
  return answer(200, json::Object{{"entries", std::move(list)}});
}

http::Response AdminRoutes::health(auth::Call& call) {
  const auto serial = context_.store.serial(context_.index);
  if (!serial.ok()) return refuse(call, {Errc::unavailable, "the database does not answer"});
  return answer(200, json::Object{{"status", "ok"}});
}

}  // namespace packhouse::api
