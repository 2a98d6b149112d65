#include "routing/json_exchange.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/text.hpp"

namespace packhouse::routing {
namespace {

const json::Value* given(const json::Object& object, std::string_view key) {
  const auto* const found = object.if_contains(key);
  return found == nullptr || found->is_null() ? nullptr : found;
}

}  // namespace

http::Response json_answer(int status, const json::Value& value) {
  auto response = http::Response::text(status, json::dump(value), "application/json");
  response.headers.add("Cache-Control", "no-store");
  return response;
}

Result<json::Object> parse_json_body(const http::Request& request,
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

Result<std::optional<std::string>> optional_string(const json::Object& object, std::string_view key) {
  if (given(object, key) == nullptr) return std::optional<std::string>{};
  TRY(auto text, json::get_string(object, key));
  return std::optional{std::move(text)};
}

Result<std::optional<std::int64_t>> optional_int(const json::Object& object, std::string_view key) {
  if (given(object, key) == nullptr) return std::optional<std::int64_t>{};
  TRY(const auto number, json::get_int(object, key));
  return std::optional{number};
}

Result<std::optional<bool>> optional_bool(const json::Object& object, std::string_view key) {
  if (given(object, key) == nullptr) return std::optional<bool>{};
  TRY(const auto value, json::get_bool(object, key));
  return std::optional{value};
}

Result<std::optional<std::string>> optional_names(const json::Object& object, std::string_view key) {
  if (given(object, key) == nullptr) return std::optional<std::string>{};
  TRY(const auto array, json::get_array(object, key));
  std::vector<std::string> names;
  for (const auto& name : array) {
    if (!name.is_string()) return Error{Errc::invalid_input, fmt::format("expected strings in {}", key)};
    names.emplace_back(name.get_string());
  }
  return std::optional{join(names, ",")};
}

json::Array to_json(const Permissions& permissions) {
  json::Array names;
  for (const Permission permission : all_permissions()) {
    if (permissions.names(permission)) names.emplace_back(to_string(permission));
  }
  return names;
}

json::Value to_json(const std::optional<std::string>& text) {
  return text ? json::Value(*text) : json::Value(nullptr);
}

json::Value to_json(const std::optional<Timestamp>& time) {
  return time ? json::Value(to_iso8601(*time)) : json::Value(nullptr);
}

}  // namespace packhouse::routing
