#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/caches.hpp"
#include "api/simple_page.hpp"
#include "http_server/message.hpp"
#include "pep/project_name.hpp"
#include "routing/route.hpp"
#include "upstream/upstreams.hpp"

namespace packhouse::api {

/// Cache-Status (RFC 9211), as a whole field.
std::string_view cache_field(upstream::CacheState state) noexcept;

/// 502 where an upstream is at fault, so that no client takes the name for free; else as the error says.
http::Response refuse_upstream(const routing::RequestContext& call, const Error& error);

/// What an index offers from its upstreams, as answers. What may wait for an upstream is deferred
/// (http::DeferredAnswer): one slow upstream holds no worker.
class UpstreamAnswers {
 public:
  /// All of it outlives this. `fields`: of every page.
  UpstreamAnswers(upstream::Upstreams& upstreams, Caches& caches, PageFields fields, Path folder);

  /// From memory: nullopt where the upstream or the renderer would have to work. `name` is normalised.
  std::optional<http::Response> quick_page(const routing::RequestContext& call, std::string_view name,
                                           Representation representation) const;
  /// The page of a project that this index does not have.
  http::Response page(const routing::RequestContext& call, const ProjectName& name,
                      Representation representation) const;

  /// Runs `work`, which may wait for an upstream, for pages or for files: a long file holds up no page.
  static http::Response deferred(std::string lane, std::function<http::Response()> work);
  /// Of the upstream that the name has to be asked of: one that answers nothing holds up no other one.
  std::string page_lane(const ProjectName& name) const {
    return "pages of " + upstreams_.waits_for(name.str());
  }
  std::string file_lane(const ProjectName& name) const {
    return "files of " + upstreams_.waits_for(name.str());
  }
  upstream::Upstreams& upstreams() const noexcept { return upstreams_; }

 private:
  http::Response answer(const routing::RequestContext& call, const upstream::PageView& view,
                        Representation representation) const;

  upstream::Upstreams& upstreams_;
  Caches& caches_;
  const PageFields fields_;
  const Path folder_;
};

}  // namespace packhouse::api
