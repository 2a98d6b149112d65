#pragma once

#include <spdlog/fwd.h>

#include <optional>
#include <string>
#include <vector>

#include "api/caches.hpp"
#include "index/release_lifecycle.hpp"
#include "routing/route.hpp"

namespace packhouse::api {

/// Changes of a release after its upload, over HTTP: yank, block and back, a project's status, copies between
/// indexes, deletions. JSON in and out; docs/api.md describes them.
class ReleaseStateRoutes final : public routing::RouteGroup {
 public:
  /// The first three outlive it. `folder`: long documents are kept on its disk, in files without a name.
  ReleaseStateRoutes(const index::Context& context, Caches& caches, spdlog::logger& log, Path folder)
      : context_(context), lifecycle_(context), caches_(caches), log_(log), folder_(std::move(folder)) {}

  std::vector<routing::Route> routes() override;

  http::Response project(routing::RequestContext& call) const;
  http::Response set_status(routing::RequestContext& call) const;
  http::Response yank(routing::RequestContext& call) const;
  http::Response unyank(routing::RequestContext& call) const;
  http::Response block(routing::RequestContext& call) const;
  http::Response unblock(routing::RequestContext& call) const;
  /// From another index, which the caller must be able to read.
  http::Response copy(routing::RequestContext& call) const;
  http::Response delete_file(routing::RequestContext& call) const;
  /// Every release of a project, and one release.
  http::Response delete_project(routing::RequestContext& call) const;
  http::Response delete_release(routing::RequestContext& call) const;

 private:
  using Change = Result<index::StateChange> (index::ReleaseLifecycle::*)(const index::ReleaseTarget&,
                                                                         std::string_view,
                                                                         const Actor&) const;
  http::Response delete_releases(const routing::RequestContext& call,
                                 const std::optional<std::string>& version) const;
  http::Response change(routing::RequestContext& call, std::string_view word, Change change) const;
  http::Response tell(const routing::RequestContext& call, std::string_view word,
                      const Result<index::StateChange>& done) const;

  const index::Context& context_;
  const index::ReleaseLifecycle lifecycle_;
  Caches& caches_;
  spdlog::logger& log_;
  const Path folder_;
};

}  // namespace packhouse::api
