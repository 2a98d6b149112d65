#include "routing/request_context.hpp"

#include <fmt/format.h>

#include "routing/route.hpp"

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

}  // namespace packhouse::routing
