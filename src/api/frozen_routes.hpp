#pragma once

#include "api/caches.hpp"
#include "api/file_routes.hpp"
#include "api/page.hpp"
#include "api/representation.hpp"
#include "index/context.hpp"
#include "routing/route.hpp"

namespace packhouse::api {

/// The Simple API of an index as it was when it was frozen, below "/at/<serial>/": whatever was uploaded,
/// yanked, withheld or deleted since, and whether its upstreams are there or not. What the freeze does not
/// have is 404, and no upstream is asked for it.
class FrozenRoutes final : public routing::RouteGroup {
 public:
  /// What it refers to outlives it. `fields`: of every page, but for the serial. `folder`: long pages are
  /// kept on its disk.
  FrozenRoutes(const index::Context& context, Caches& caches, const FileRoutes& files, PageFields fields,
               Path folder)
      : context_(context),
        caches_(caches),
        files_(files),
        fields_(std::move(fields)),
        folder_(std::move(folder)) {}

  std::vector<routing::Route> routes() override;

  http::Response root(routing::RequestContext& call) const;
  http::Response project(routing::RequestContext& call) const;
  http::Response file(routing::RequestContext& call) const;

 private:
  Result<PagePointer> make(std::string body, Representation representation, std::int64_t serial) const;
  Result<PagePointer> root_page(const std::vector<std::string>& names, Representation representation,
                                std::int64_t serial) const;
  Result<PagePointer> project_page(const std::string& document, Representation representation,
                                   std::int64_t serial) const;

  const index::Context& context_;
  Caches& caches_;
  const FileRoutes& files_;
  const PageFields fields_;
  const Path folder_;
};

}  // namespace packhouse::api
