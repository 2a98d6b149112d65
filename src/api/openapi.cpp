#include "api/openapi.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <string_view>

#include "api/access.hpp"
#include "api/openapi/operations.hpp"
#include "base/text.hpp"

namespace packhouse::api {
namespace {

json::Object read_operations() {
  auto value = json::parse(operations_json());
  if (!value.ok()) throw std::logic_error("operations.json: " + value.error().message);
  return std::move(*value).as_object();
}

std::string name_of(const routing::Route& route) {
  return fmt::format("{} {}", http::to_string(route.method), route.pattern);
}

std::vector<std::string_view> path_parameters(std::string_view pattern) {
  std::vector<std::string_view> names;
  for (const auto segment : split(pattern, '/')) {
    if (segment.starts_with('{')) names.push_back(segment.substr(1, segment.size() - 2));
  }
  return names;
}

json::Object response(std::string_view name) {
  return {{"$ref", fmt::format("#/components/responses/{}", name)}};
}

json::Value parameters_of(const routing::Route& route, const json::Object& operation) {
  json::Array all;
  for (const auto name : path_parameters(route.pattern)) {
    all.emplace_back(json::Object{{"name", name},
                                  {"in", "path"},
                                  {"required", true},
                                  {"schema", json::Object{{"type", "string"}, {"minLength", 1}}}});
  }
  if (const auto* own = operation.if_contains("parameters")) {
    for (const auto& parameter : own->as_array())
      all.push_back(parameter);
  }
  return all;
}

/// What any route may answer, by what the table says of it; an operation's own words stand.
void add_refusals(const routing::Route& route, json::Object& responses) {
  const std::string_view form = route.problems == routing::ProblemFormat::upload ? "Upload" : "";
  const auto add = [&](std::string_view status, std::string_view name) {
    if (!responses.contains(status)) responses[status] = response(fmt::format("{}{}", form, name));
  };
  add("400", "Refused");
  if (!path_parameters(route.pattern).empty()) {
    add("404", "Refused");
    add("405", "Refused");  // a parameter such as ".." makes another path
  }
  if (route.access.permission) {
    if (route.access.challenge) add("401", "Challenged");
    add("403", "Refused");
    add("429", "ComeBack");
  }
  if (!route.body_type.empty()) add("415", "Refused");
  const bool changes = route.method != http::Method::get;
  if (changes) {
    add("403", "Refused");  // also of a cross-site request
    add("413", "Refused");
    add("503", "Refused");
  }
}

json::Value security_of(const routing::Route& route) {
  if (!route.access.permission) return json::Array{};
  json::Array ways{json::Object{{"basic", json::Array{}}}, json::Object{{"bearer", json::Array{}}}};
  if (route.access.optional) ways.emplace_back(json::Object{});
  return ways;
}

json::Object operation_of(const routing::Route& route, const json::Object& written) {
  json::Object operation = written;
  operation["parameters"] = parameters_of(route, written);
  operation["security"] = security_of(route);
  if (route.access.permission) operation["x-permission"] = to_string(*route.access.permission);
  add_refusals(route, operation["responses"].as_object());
  return operation;
}

}  // namespace

json::Object openapi_document(std::span<const routing::Route> routes) {
  auto source = read_operations();
  const auto& operations = source.at("operations").as_object();
  json::Object paths;
  for (const auto& route : routes) {
    const auto* const written = operations.if_contains(name_of(route));
    if (written == nullptr) continue;
    auto& path = paths[route.pattern];
    if (!path.is_object()) path = json::Object{};
    path.as_object()[ascii_lower(http::to_string(route.method))] = operation_of(route, written->as_object());
  }
  auto info = source.at("info").as_object();
  info["version"] = PACKHOUSE_VERSION;
  return {{"openapi", "3.1.0"},
          {"info", std::move(info)},
          {"paths", std::move(paths)},
          {"components", source.at("components")}};
}

std::vector<routing::Route> OpenApiRoutes::routes() {
  routing::RouteTable table{*this, {.problems = routing::ProblemFormat::json}};
  table.add(http::Method::get, "/openapi.json", everyone, &OpenApiRoutes::document);
  return table.take();
}

void OpenApiRoutes::describe(std::span<const routing::Route> routes) {
  document_ = json::dump_pretty(openapi_document(routes));
}

http::Response OpenApiRoutes::document(routing::RequestContext& /*call*/) {
  auto response = http::Response::text(200, document_, "application/json");
  response.headers.add("Cache-Control", "max-age=0, must-revalidate");
  return response;
}

}  // namespace packhouse::api
