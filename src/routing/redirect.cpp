#include "routing/redirect.hpp"

#include <utility>

namespace packhouse::routing {

http::Response moved(const http::Request& request, std::string location) {
  if (!request.query.empty()) location += "?" + request.query;
  auto response = http::Response::text(may_change(request.method) ? 308 : 301, "it is at " + location + "\n");
  response.headers.add("Location", std::move(location));
  response.headers.add("Cache-Control", "max-age=0, must-revalidate");
  return response;
}

bool may_change(http::Method method) noexcept {
  return method != http::Method::get && method != http::Method::head && method != http::Method::options;
}

}  // namespace packhouse::routing
