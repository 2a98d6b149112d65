#pragma once

#include <optional>
#include <string>

#include "api/lru_cache.hpp"
#include "index/catalog.hpp"
#include "pep/metadata.hpp"
#include "routing/base_url.hpp"
#include "routing/route.hpp"

namespace packhouse::api {

/// The JSON API in Warehouse's shape, and search.
class PackageRoutes final : public routing::RouteGroup {
 public:
  /// The context outlives it.
  PackageRoutes(const index::Context& context, routing::BaseUrl url)
      : context_(context), catalog_(context), url_(std::move(url)) {}

  std::vector<routing::Route> routes() override;

  http::Response project(routing::RequestContext& call);
  http::Response release(routing::RequestContext& call);
  /// Projects whose name has the words of `?q=` in it, at most `?limit=`, each with its latest version and
  /// that version's summary.
  http::Response search(routing::RequestContext& call);

 private:
  using Metadata = std::shared_ptr<const std::optional<CoreMetadata>>;  // shared with the cache
  Result<Metadata> metadata_of(const ProjectDetail& project, const Version& version);
  json::Object found(const ProjectSummary& summary);

  const index::Context& context_;
  const index::Catalog catalog_;
  const routing::BaseUrl url_;
  LruCache<Metadata> metadata_{512};  // by project, version and serial, each of weight 1
};

}  // namespace packhouse::api
