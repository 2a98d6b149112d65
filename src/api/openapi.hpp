#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "routing/route.hpp"

namespace packhouse::api {

/// The OpenAPI 3.1 document of a route table. Paths, methods, path parameters, permissions and the forms of
/// refusals come from the table; summaries, bodies and answers from openapi/operations.json, which is
/// compiled in and has an operation for each route of a server with the index main alone: routes below
/// another index's prefix are left out.
json::Object openapi_document(std::span<const routing::Route> routes);

/// Serves the document to everyone: it says nothing of what the index holds.
class OpenApiRoutes final : public routing::RouteGroup {
 public:
  std::vector<routing::Route> routes() override;
  /// Before the first request, with the whole table.
  void describe(std::span<const routing::Route> routes);
  http::Response document(routing::RequestContext& call);

 private:
  std::string document_;
};

}  // namespace packhouse::api
