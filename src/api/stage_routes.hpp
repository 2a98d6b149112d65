#pragma once

#include "api/file_routes.hpp"
#include "api/representation.hpp"
#include "api/spool.hpp"
#include "index/catalog.hpp"
#include "index/sessions.hpp"
#include "routing/route.hpp"

namespace packhouse::api {

/// PEP 694's staged previews, below /stage/<session token>/: a Simple API root that shows a session that is
/// not published on top of the index, and the files that its pages link to.
///
/// The URL contains a token, which suffices to read the session's files. The rest of the index needs a
/// credential that may read it: without one the stage shows the session's project alone. No cache may keep an
/// answer, and the stage ends with the session.
class StageRoutes final : public routing::RouteGroup {
 public:
  /// The first three outlive it. `folder`: long lists are kept on its disk, in files without a name.
  /// `upstreams` outlives it too; null: there are none.
  StageRoutes(const index::Context& context, const index::Sessions& sessions, const FileRoutes& files,
              Path folder, const UpstreamAnswers* upstreams = nullptr)
      : catalog_(context),
        sessions_(sessions),
        files_(files),
        folder_(std::move(folder)),
        upstreams_(upstreams) {}

  std::vector<routing::Route> routes() override;

  http::Response root(routing::RequestContext& call) const;
  http::Response project(routing::RequestContext& call) const;
  http::Response file(routing::RequestContext& call) const;

 private:
  Result<Session> find(const routing::RequestContext& call) const;
  Result<SpooledBody> root_list(const routing::RequestContext& call, const std::string& staged,
                                Representation representation) const;
  Result<ProjectDetail> overlay(const routing::RequestContext& call, const Session& session,
                                const std::string& project) const;
  http::Response upstream_page(const routing::RequestContext& call, const ProjectName& name,
                               Representation representation) const;
  std::optional<http::Response> staged_file(const Session& session,
                                            const routing::RequestContext& call) const;

  const index::Catalog catalog_;
  const index::Sessions& sessions_;
  const FileRoutes& files_;
  const Path folder_;
  const UpstreamAnswers* upstreams_;
};

}  // namespace packhouse::api
