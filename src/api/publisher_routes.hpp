#pragma once

#include <spdlog/fwd.h>

#include "index/context.hpp"
#include "oidc/publisher_service.hpp"
#include "routing/route.hpp"

namespace packhouse::api {

/// The trusted publishers of one index's projects; JSON in and out.
class PublisherRoutes final : public routing::RouteGroup {
 public:
  PublisherRoutes(const index::Context& context, oidc::PublisherService& publishers, spdlog::logger& log)
      : context_(context), publishers_(publishers), log_(log) {}

  std::vector<routing::Route> routes() override;

  http::Response list_all(routing::RequestContext& call);
  http::Response list(routing::RequestContext& call);
  http::Response add(routing::RequestContext& call);
  http::Response remove(routing::RequestContext& call);

 private:
  http::Response answer_list(routing::RequestContext& call, std::string_view project);

  const index::Context& context_;
  oidc::PublisherService& publishers_;
  spdlog::logger& log_;
};

}  // namespace packhouse::api
