#include "api/server_routes.hpp"

#include <array>
#include <iterator>

namespace packhouse::api {

std::vector<routing::Route> ServerRoutes::table(std::vector<routing::Route> of_indexes) {
  auto table = std::move(of_indexes);
  for (routing::RouteGroup* group :
       std::array<routing::RouteGroup*, 7>{&admin_, &health_, &metrics_, &names_, &users_, &oidc_, &openapi_})
    std::ranges::move(group->routes(), std::back_inserter(table));
  openapi_.describe(table);
  return table;
}

}  // namespace packhouse::api
