#pragma once

#include <string_view>

#include "auth/authenticator.hpp"
#include "http_server/message.hpp"
#include "model/ledger_entry.hpp"
#include "routing/problem.hpp"

namespace packhouse::routing {

struct Route;

/// A request that the gate let through, with its route and its caller. Valid during one call of a handler.
struct RequestContext {
  http::Request& request;
  const Route& route;
  auth::CallerPointer caller = nullptr;  ///< null on routes open to everyone, and where reading is open

  /// For routes with Scope::handler: may the caller do this to that project of the route's index?
  bool may(Permission permission, std::string_view project) const;
  /// For the ledger.
  Actor actor() const;
  /// A refusal, in the form that the client asks for, else in that of the route.
  http::Response refuse(const Error& error) const;
  http::Response refuse(int status, const Error& error) const;
};

}  // namespace packhouse::routing
