#pragma once

#include <span>
#include <string>
#include <vector>

#include "auth/gate.hpp"
#include "base/json.hpp"

namespace packhouse::api {

/// The OpenAPI 3.1 document of a route table; what an index beside main has again is left out. Paths,
/// methods, path parameters, who may and what a refusal looks like come from the table; summaries, bodies and
/// answers from openapi/operations.json, which is compiled in.
json::Object openapi_document(std::span<const auth::Route> routes);

/// Where table and operations.json disagree: "GET /x has no operation", "no route for GET /x". Empty in a
/// program that is sound; a test asks.
std::vector<std::string> openapi_gaps(std::span<const auth::Route> routes);

/// Serves the document, to anybody: it says nothing of what the index holds.
class OpenApiRoutes {
 public:
  /// Before the first request, with the whole table.
  void describe(std::span<const auth::Route> routes);
  http::Response document(auth::Call& call);

 private:
  std::string document_;
};

}  // namespace packhouse::api
