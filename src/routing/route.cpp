#include "routing/route.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace packhouse::routing {

bool RequestContext::may(Permission permission, std::string_view project) const {
  if (route.open_reading && permission == Permission::read) return true;
  return caller && caller->may(permission, {.index = route.index, .project = project});
}

Actor RequestContext::actor() const {
  if (!caller) return {.kind = "anonymous", .id = {}, .address = request.peer};
  if (caller->token == 0) return {.kind = "user", .id = caller->user->name, .address = request.peer};
  return {.kind = "token", .id = fmt::to_string(caller->token), .address = request.peer};
}

http::Response RequestContext::refuse(const Error& error) const {
  return refuse(status_of(error.code), error);
}

http::Response RequestContext::refuse(int status, const Error& error) const {
  return routing::refuse(request, status, error, route.problems);
}

std::vector<Route> concatenated(const std::vector<std::unique_ptr<RouteGroup>>& groups) {
  std::vector<Route> table;
  for (const auto& group : groups)
    std::ranges::move(group->routes(), std::back_inserter(table));
  return table;
}

std::vector<Route> mounted(std::vector<Route> routes, const Mount& mount) {
  for (auto& route : routes) {
    route.pattern = route.root + mount.prefix + route.pattern;
    route.index = mount.index;
    route.prefix = mount.prefix;
    route.identity = mount.identity;
    route.open_reading = mount.open_reading;
  }
  return routes;
}

}  // namespace packhouse::routing
