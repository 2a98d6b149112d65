#pragma once

#include <spdlog/fwd.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/caches.hpp"
#include "api/upload_routes.hpp"
#include "api/upstream_answers.hpp"
#include "index/download_recorder.hpp"
#include "index/sessions.hpp"
#include "index/user_service.hpp"
#include "oidc/publisher_service.hpp"
#include "routing/base_url.hpp"
#include "routing/route.hpp"
#include "sys/free_space.hpp"

namespace packhouse::api {

/// What the routes of an index use beside its Context. All of it outlives them.
struct IndexServices {
  Caches& caches;
  index::UserService& users;
  oidc::PublisherService& publishers;
  spdlog::logger& log;
  upstream::Upstreams* upstreams = nullptr;      ///< null: the index has none
  const upstream::NameSet* reserved = nullptr;   ///< by the configuration; null: nothing is
  const FreeSpace* space = nullptr;              ///< of the data folder's disk; null: all of it may be used
  index::DownloadRecorder* downloads = nullptr;  ///< null: downloads are not recorded
  http::IncidentLog* incidents = nullptr;        ///< null: nobody asks for them
  UploadCounts* uploads = nullptr;               ///< likewise
};

struct IndexRouteOptions {
  std::string identity = {};  ///< index::identity_of()
  /// Where the index stands on the server, the first of them for absolute links in pages that are kept.
  std::vector<std::string> prefixes = {""};
  std::optional<std::string> public_url = std::nullopt;  ///< of the server; unset: as a request addresses it
  bool open_reading = false;
  Path folder = {};  ///< long lists are kept on its disk, in files without a name
  UploadLimits uploads = {};
  index::SessionLimits sessions = {};
};

/// All routes of one index: pages, files, uploads, sessions and their stages, states of releases, roles.
/// make_groups() in index_routes.cpp is the one list of them.
class IndexRoutes {
 public:
  /// The context outlives it.
  IndexRoutes(const index::Context& context, const IndexServices& services, const IndexRouteOptions& options);

  /// Adds a group of another module.
  void add(std::unique_ptr<routing::RouteGroup> group) { groups_.push_back(std::move(group)); }
  /// The lines of all groups, below each prefix of the index. This outlives them.
  std::vector<routing::Route> table() const;

 private:
  const IndexRouteOptions options_;
  const std::string index_;
  const index::Sessions sessions_;
  UploadSlots slots_;
  const std::unique_ptr<UpstreamAnswers> upstreams_;  // null: there are none
  std::vector<std::unique_ptr<routing::RouteGroup>> groups_;
};

}  // namespace packhouse::api
