#include "api/metrics_routes.hpp"

#include "api/access.hpp"

namespace packhouse::api {
namespace {

constexpr const char* text_format = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace

std::vector<routing::Route> MetricsRoutes::routes() {
  routing::RouteTable table{*this, {}};
  table.add(http::Method::get, "/-/metrics", server_readers, &MetricsRoutes::metrics).open_reading = open_;
  return table.take();
}

http::Response MetricsRoutes::metrics(routing::RequestContext& /*call*/) const {
  MetricsText text;
  write_(text);
  auto response = http::Response::text(200, text.text(), text_format);
  response.headers.add("Cache-Control", "no-store");
  return response;
}

}  // namespace packhouse::api
