#pragma once

#include <string>
#include <vector>

#include "api/caches.hpp"
#include "index/catalog.hpp"
#include "routing/base_url.hpp"
#include "routing/route.hpp"

namespace packhouse::web {

/// HTML pages: "/" and "/project/<name>/". They need the permissions of the Simple API.
class WebRoutes final : public routing::RouteGroup {
 public:
  /// The first two outlive it. `folder`: long pages are kept on its disk, in files without a name. `url`:
  /// what the commands on the pages name.
  WebRoutes(const index::Context& context, api::Caches& caches, Path folder, routing::BaseUrl url);

  std::vector<routing::Route> routes() override;

  http::Response front(routing::RequestContext& call) const;
  http::Response project(routing::RequestContext& call) const;
  /// Redirect to the project's page: from where Warehouse has the page of a release, and from the address
  /// that hatch makes of the upload URL and prints.
  http::Response release(routing::RequestContext& call) const;
  http::Response uploaded_release(routing::RequestContext& call) const;

 private:
  http::Response page(std::string html) const;

  const index::Catalog catalog_;
  api::Caches& caches_;
  const Path folder_;
  const routing::BaseUrl url_;
  const std::string policy_;
};

}  // namespace packhouse::web
