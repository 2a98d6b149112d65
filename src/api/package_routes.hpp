#pragma once

#include <optional>
#include <string>

#include "api/caches.hpp"
#include "api/package_json.hpp"
#include "index/catalog.hpp"
#include "routing/base_url.hpp"
#include "routing/route.hpp"

namespace packhouse::api {

/// The JSON API in Warehouse's shape, and search.
class PackageRoutes final : public routing::RouteGroup {
 public:
  /// The first two outlive it. `folder`: long documents are kept on its disk, in files without a name.
  PackageRoutes(const index::Context& context, Caches& caches, Path folder, routing::BaseUrl url)
      : context_(context),
        catalog_(context),
        caches_(caches),
        folder_(std::move(folder)),
        url_(std::move(url)) {}

  std::vector<routing::Route> routes() override;

  http::Response project(routing::RequestContext& call);
  http::Response release(routing::RequestContext& call);
  /// Projects whose name has the words of `?q=` in it, at most `?limit=`, each with its latest version and
  /// that version's summary.
  http::Response search(routing::RequestContext& call);

 private:
  /// The latest version of a project and its summary, both unset if it has no release.
  struct Found {
    std::optional<std::string> version;
    std::optional<std::string> summary;
  };

  Result<PagePointer> project_page(const routing::RequestContext& call, const ProjectName& project) const;
  Result<PagePointer> release_page(const routing::RequestContext& call, const ReleaseName& wanted) const;
  PackageLinks links(const routing::RequestContext& call) const;
  Found find(const ProjectSummary& project);
  Found look_up(const std::string& project) const;

  const index::Context& context_;
  const index::Catalog catalog_;
  Caches& caches_;
  const Path folder_;
  const routing::BaseUrl url_;
  LruCache<Found> found_{4U << 20U};  // by project and serial; weighed in bytes
};

}  // namespace packhouse::api
