#pragma once

#include <optional>
#include <string_view>

#include "api/caches.hpp"
#include "api/simple_page.hpp"
#include "api/upstream_answers.hpp"
#include "index/catalog.hpp"
#include "routing/base_url.hpp"
#include "routing/route.hpp"
#include "upstream/namespaces.hpp"

namespace packhouse::api {

/// The Simple API: the list of projects and a page for each.
class SimpleRoutes final : public routing::RouteGroup {
 public:
  /// The first two outlive it. `fields`: of every page, but for the serial. `folder`: long lists are kept
  /// on its disk, in files without a name. `url`: absolute links begin with it. `public_url`: of the index,
  /// for links to attestations; empty where it is not configured. `upstreams` outlives it; null: there are
  /// none.
  SimpleRoutes(const index::Context& context, Caches& caches, PageFields fields, Path folder,
               routing::BaseUrl url, std::string public_url, upstream::Namespaces namespaces,
               const UpstreamAnswers* upstreams = nullptr)
      : catalog_(context),
        caches_(caches),
        fields_(std::move(fields)),
        folder_(std::move(folder)),
        url_(std::move(url)),
        public_url_(std::move(public_url)),
        namespaces_(namespaces),
        upstreams_(upstreams) {}

  std::vector<routing::Route> routes() override;

  http::Response root(routing::RequestContext& call) const;
  http::Response project(routing::RequestContext& call) const;
  /// nullopt: not cached.
  std::optional<http::Response> quick_root(routing::RequestContext& call) const;
  std::optional<http::Response> quick_project(routing::RequestContext& call) const;

  /// PEP 752: the reserved prefixes of the server, and one of them.
  http::Response namespaces(routing::RequestContext& call) const;
  http::Response namespace_detail(routing::RequestContext& call) const;

  /// Redirects from an address without the last slash.
  http::Response add_slash(routing::RequestContext& call) const;
  /// Redirects from where pypiserver has a project's page and its JSON document: /{project}/ and
  /// /{project}/json.
  http::Response foreign_page(routing::RequestContext& call) const;
  http::Response foreign_document(routing::RequestContext& call) const;

  /// The same pages below the upload URL, where `hatch publish` looks for them.
  http::Response alias_root(routing::RequestContext& call) const;
  http::Response alias_project(routing::RequestContext& call) const;

 private:
  /// A page that is kept beside those with the usual links.
  http::Response other_page(const routing::RequestContext& call, const PageLinks& links) const;
  Result<PagePointer> root_page(Representation representation) const;
  Result<PagePointer> project_page(std::string_view project, Representation representation,
                                   const PageLinks& links) const;
  PageFields fields(std::int64_t serial) const;

  const index::Catalog catalog_;
  Caches& caches_;
  const PageFields fields_;
  const Path folder_;
  const routing::BaseUrl url_;
  const std::string public_url_;  ///< empty: not configured
  const upstream::Namespaces namespaces_;
  const UpstreamAnswers* upstreams_;
};

}  // namespace packhouse::api
