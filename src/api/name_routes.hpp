#pragma once

#include <spdlog/fwd.h>

#include <functional>

#include "base/json.hpp"
#include "index/context.hpp"
#include "model/upstream.hpp"
#include "routing/route.hpp"

namespace packhouse::api {

/// Names and prefixes that are reserved for the whole server; JSON in and out, for administrators.
class NameRoutes final : public routing::RouteGroup {
 public:
  /// Called after a change is durable and before it is answered, so that pages that show it can be dropped.
  using Changed = std::function<void()>;

  /// Both outlive it. `main`: of the index that every server has.
  NameRoutes(const index::Context& main, Changed changed, spdlog::logger& log)
      : main_(main), changed_(std::move(changed)), log_(log) {}

  std::vector<routing::Route> routes() override;

  http::Response list(routing::RequestContext& call);
  http::Response reserve(routing::RequestContext& call);
  http::Response lift(routing::RequestContext& call);

 private:
  const index::Context& main_;
  const Changed changed_;
  spdlog::logger& log_;
};

json::Object to_json(const ReservedName& name);

}  // namespace packhouse::api
