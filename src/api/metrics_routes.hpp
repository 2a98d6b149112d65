#pragma once

#include <functional>

#include "api/metrics_text.hpp"
#include "routing/route.hpp"

namespace packhouse::api {

/// Writes what there is to know of the server. Called on workers, from several threads at once; may throw.
using WriteMetrics = std::function<void(MetricsText& text)>;

/// /-/metrics: for a credential that may read and is bound to no project and no index, or for everyone.
class MetricsRoutes final : public routing::RouteGroup {
 public:
  MetricsRoutes(WriteMetrics write, bool open) : write_(std::move(write)), open_(open) {}

  std::vector<routing::Route> routes() override;

  http::Response metrics(routing::RequestContext& call) const;

 private:
  const WriteMetrics write_;
  const bool open_;
};

}  // namespace packhouse::api
