#include "routing/route.hpp"

#include <algorithm>
#include <iterator>

namespace packhouse::routing {

std::vector<Route> concatenated(const std::vector<std::unique_ptr<RouteGroup>>& groups) {
  std::vector<Route> table;
  for (const auto& group : groups)
    std::ranges::move(group->routes(), std::back_inserter(table));
  return table;
}

std::vector<Route> mounted(std::vector<Route> routes, const Mount& mount) {
  for (auto& route : routes) {
    route.pattern = mount.prefix + route.pattern;
    route.index = mount.index;
    route.open_reading = mount.open_reading;
  }
  return routes;
}

}  // namespace packhouse::routing
