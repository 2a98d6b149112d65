#pragma once

#include <string>

#include "http_server/message.hpp"

namespace packhouse::routing {

/// The answer to a request for another spelling of an address: 301, or 308 where the method changes
/// something. `location` is relative to the address of the request, whose query goes with it.
http::Response moved(const http::Request& request, std::string location);

/// False for GET, HEAD and OPTIONS, which change nothing on any route.
bool may_change(http::Method method) noexcept;

}  // namespace packhouse::routing
