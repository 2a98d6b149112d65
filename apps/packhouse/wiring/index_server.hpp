#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "api/server_routes.hpp"
#include "config/server_configuration.hpp"
#include "http_server/server.hpp"
#include "index/token_service.hpp"
#include "index/upstream_cache.hpp"
#include "index/user_service.hpp"
#include "oidc/publisher_service.hpp"
#include "oidc/token_mint.hpp"
#include "routing/gate.hpp"
#include "sys/interrupt_watch.hpp"
#include "sys/settled_clock.hpp"
#include "wiring/data_folder.hpp"
#include "wiring/index_instance.hpp"
#include "wiring/server_log.hpp"

namespace packhouse::app {

/// All parts of a running server, wired together. Members stand in the order of their dependencies.
class IndexServer {
 public:
  /// Whether a server with that configuration could start now: reads its files and binds, and makes nothing.
  static Status rehearse(const Configuration& configuration);
  /// Makes the indexes that do not exist yet, and binds; serves nothing before run().
  static Result<std::unique_ptr<IndexServer>> open(const Configuration& configuration, DataFolder data,
                                                   ServerLog log);

  /// The tokens of a first start; nothing on any later one. Durable when it returns.
  struct FirstTokens {
    Secret admin;
    Secret read;
  };
  Result<std::optional<FirstTokens>> first_start();

  /// "http://127.0.0.1:8080"
  std::string url() const;
  /// Where it listens, for a proxy in front of it.
  std::string address() const;

  /// Serves until SIGTERM or SIGINT, then finishes the requests in flight. After an earlier signal it returns
  /// at once.
  void run(const InterruptWatch& signals);

 private:
  /// Of the configuration and the data together, before anything is served.
  struct Settled {
    index::AttestationPolicy attestations;
    std::map<std::string, std::string> identities;                 ///< of the indexes, by name
    std::map<std::string, std::vector<UpstreamAccess>> upstreams;  ///< likewise
    upstream::NameSet reserved;
  };

  IndexServer(const Configuration& configuration, Settled settled, routing::GateOptions gate, DataFolder data,
              ServerLog log);
  Status listen();
  void warn_of_few_descriptors() const;
  void warn_of_open_upstreams() const;
  void examine_clock();
  Status warn_of_wide_networks() const;
  std::vector<routing::Route> routes();
  api::Operations operations() const;
  std::vector<api::ReadinessCheck> readiness() const;
  void write_metrics(api::MetricsText& text) const;
  void run_housekeeping();
  void reload_certificate(bool asked);
  void follow_clock();
  void report_lost_lines();
  void drop_caches() const;
  void notice_changes();
  void write_uses();
  void expire_sessions();
  void write_downloads();
  void prune_downloads();
  void make_room();

  const Configuration configuration_;
  const Settled settled_;
  DataFolder data_;
  const ServerLog server_log_;
  const std::shared_ptr<spdlog::logger> log_ = server_log_.logger;  // not shared: spdlog makes loggers so
  http::IncidentLog incidents_;
  SettledClock clock_;
  auth::Authenticator authenticator_;
  index::TokenService tokens_;
  index::UserService users_;
  oidc::PublisherService publishers_;
  oidc::TokenMint mint_;
  const FreeSpace space_;
  index::DownloadRecorder downloads_;
  NameWatchers watchers_;
  const std::vector<std::unique_ptr<IndexInstance>> indexes_;  // main first
  api::ServerRoutes server_routes_;
  routing::Gate gate_;
  std::unique_ptr<http::Server> server_;
  std::optional<index::UpstreamCache> upstream_cache_;  // unset: it has no limit
  std::int64_t seen_changes_ = 0;
  int rounds_ = 0;
};

}  // namespace packhouse::app
