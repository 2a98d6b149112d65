#pragma once

#include <optional>
#include <string>

#include "api/lru_cache.hpp"
#include "auth/gate.hpp"
#include "index/context.hpp"
#include "pep/metadata.hpp"

namespace packhouse::api {

/// The JSON API in Warehouse's shape, and search.
class PackageRoutes {
 public:
  /// `public_url`: what links begin with; unset: Request::origin() and `prefix`, which is where the index
  /// stands on the server ("/prod"; main: ""). The context outlives it.
  PackageRoutes(const index::Context& context, std::optional<std::string> public_url, std::string prefix = {})
      : context_(context), public_url_(std::move(public_url)), prefix_(std::move(prefix)) {}

  http::Response project(auth::Call& call);
  http::Response release(auth::Call& call);
  /// Projects whose name has the words of `?q=` in it, at most `?limit=`, each with its latest version and
  /// that version's summary.
  http::Response search(auth::Call& call);

 private:
  using Metadata = std::shared_ptr<const std::optional<CoreMetadata>>;  // shared with the cache
  Result<Metadata> metadata_of(const ProjectDetail& project, const Version& version);
  Result<ProjectDetail> offered(std::string_view project);
  json::Object found(const ProjectSummary& summary);
  std::string base(const http::Request& request) const {
    return public_url_ ? *public_url_ : request.origin() + prefix_;
  }

  const index::Context& context_;
  const std::optional<std::string> public_url_;
  const std::string prefix_;
  LruCache<Metadata> metadata_{512};  // by project, version and serial, each of weight 1
};

}  // namespace packhouse::api
