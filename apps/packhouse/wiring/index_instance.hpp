#pragma once

#include <spdlog/fwd.h>

#include <map>
#include <shared_mutex>
#include <string>
#include <vector>

#include "api/caches.hpp"
#include "api/index_routes.hpp"
#include "config/server_configuration.hpp"
#include "http_server/incident_log.hpp"
#include "index/context.hpp"
#include "upstream/upstreams.hpp"
#include "wiring/data_folder.hpp"
#include "wiring/upstream_access.hpp"
#include "wiring/upstream_requests.hpp"

namespace packhouse::app {

class IndexInstance;

/// Tells every instance of every index of the server what changed: while a configuration takes the place of
/// another, an index has two. A name that is private in one index is so in all: what an index has of it from
/// its upstreams is dropped when any index changes it. Thread-safe.
class ChangeHub {
 public:
  void add(IndexInstance& instance);
  void remove(IndexInstance& instance) noexcept;

  void project_changed(std::string_view index, std::string_view project) const;
  /// What the index offers of it from its upstreams.
  void offer_changed(std::string_view index, std::string_view project) const;
  /// Anything may have changed, as by another process.
  void drop_caches() const;

 private:
  mutable std::shared_mutex mutex_;
  std::vector<IndexInstance*> instances_;
};

/// What the indexes of a server share. All of it outlives them.
struct SharedParts {
  const Configuration& configuration;
  const DataFolder& data;
  const Clock& clock;
  const index::AttestationPolicy& attestations;
  const std::map<std::string, std::string>& identities;  ///< index::identity_of(), by the index's name
  const std::map<std::string, std::vector<UpstreamAccess>>& upstreams;  ///< by the index's name
  const upstream::NameSet& reserved;
  ChangeHub& hub;
  index::UserService& users;
  oidc::PublisherService& publishers;
  const FreeSpace& space;
  index::DownloadRecorder& downloads;
  http::IncidentLog& incidents;
  api::UploadCounts& uploads;
  UpstreamRequests& upstream_requests;
  spdlog::logger& log;
};

/// One index of a server with everything that serves it: below "/NAME", and `main` at the root of the server
/// too.
class IndexInstance final : private index::ChangeListener {
 public:
  IndexInstance(std::string name, const IndexConfiguration& configuration, const SharedParts& parts);
  IndexInstance(const IndexInstance&) = delete;
  IndexInstance& operator=(const IndexInstance&) = delete;
  ~IndexInstance() override { hub_.remove(*this); }

  const index::Context& context() const noexcept { return context_; }
  /// This outlives the table.
  std::vector<routing::Route> routes() const { return routes_.table(); }
  /// After another process changed the data.
  void drop_caches();
  /// After bytes of one of its files were removed.
  void drop_project(std::string_view project) { caches_.project_changed(project); }
  /// After a name became private in any index.
  void forget_upstream(std::string_view project);

 private:
  void project_changed(std::string_view project) override { hub_.project_changed(context_.index, project); }

  const dist::Policy policy_;
  ChangeHub& hub_;
  api::Caches caches_;
  const std::unique_ptr<upstream::Upstreams> upstreams_;  // null: the index has none
  const index::Context context_;
  api::IndexRoutes routes_;
};

/// Whose attestations are kept. Reads the trusted roots; an Error for a malformed file or publisher.
Result<index::AttestationPolicy> attestations_of(const Configuration& configuration);

/// Makes each index of the configuration that does not exist, and gives it its policy, with a ledger entry
/// for each that changed something. Their identities, by name.
Result<std::map<std::string, std::string>> settle_indexes(const Configuration& configuration,
                                                          MetadataStore& store, Timestamp now,
                                                          spdlog::logger& log);

}  // namespace packhouse::app
