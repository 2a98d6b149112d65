#pragma once

#include "api/file_routes.hpp"
#include "api/representation.hpp"
#include "api/spool.hpp"
#include "auth/gate.hpp"
#include "index/sessions.hpp"
#include "store/metadata_store.hpp"

namespace packhouse::api {

/// PEP 694's staged previews, below /stage/<session token>/: a Simple API root that shows a session that is
/// not published on top of the index, and the files that its pages link to.
///
/// The token opens the session's own files to whoever has the URL. What else is in the index needs a
/// credential that may read it, as everywhere: without one the stage has the session's project and nothing
/// else. Nothing here may be kept by any cache, and all of it is gone when the session ends.
class StageRoutes {
 public:
  /// The first three outlive it. `folder`: on the disk that a long list is sent from, in a file without a
  /// name.
  StageRoutes(const index::Context& context, const index::Sessions& sessions, const FileRoutes& files,
              Path folder)
      : context_(context), sessions_(sessions), files_(files), folder_(std::move(folder)) {}

  http::Response root(auth::Call& call) const;
  http::Response project(auth::Call& call) const;
  http::Response file(auth::Call& call) const;

 private:
  Result<Session> find(const auth::Call& call) const;
  Result<SpooledBody> root_list(const auth::Call& call, const std::string& staged,
                                Representation representation) const;
  Result<ProjectDetail> overlay(const auth::Call& call, const Session& session,
                                const std::string& project) const;
  std::optional<http::Response> staged_file(const Session& session, const http::Request& request) const;

  const index::Context& context_;
  const index::Sessions& sessions_;
  const FileRoutes& files_;
  const Path folder_;
};

}  // namespace packhouse::api
