#pragma once

#include <memory>
#include <vector>

#include "api/server_routes.hpp"
#include "config/server_configuration.hpp"
#include "http_server/server_options.hpp"
#include "index/token_service.hpp"
#include "index/user_service.hpp"
#include "oidc/publisher_service.hpp"
#include "oidc/token_mint.hpp"
#include "routing/gate.hpp"
#include "wiring/index_instance.hpp"
#include "wiring/limit_watch.hpp"

namespace packhouse::app {

/// What a server keeps from one configuration to the next. All of it outlives every Site.
struct LastingParts {
  const DataFolder& data;
  const Clock& clock;
  auth::Authenticator& authenticator;
  index::TokenService& tokens;
  index::UserService& users;
  index::DownloadRecorder& downloads;
  http::IncidentLog& incidents;
  api::UploadCounts& uploads;
  UpstreamRequests& upstream_requests;
  ChangeHub& hub;
  spdlog::logger& log;
};

/// Everything that a configuration decides above the sockets: the indexes with their routes, and the gate.
/// Immutable once made: another configuration makes another one. Members stand in the order of their
/// dependencies.
class Site final : public http::Handler {
 public:
  /// Of the site; the second is called as long as it lives.
  using MakeOperations = std::function<api::Operations(const Site&)>;

  /// Makes the indexes that do not exist yet and stores policies that changed, once all else is known to be
  /// sound. Whatever is wrong with the configuration changes nothing.
  static Result<std::shared_ptr<Site>> make(const Configuration& configuration, const LastingParts& parts,
                                            const MakeOperations& operations);
  /// Whether the configuration is sound as far as that can be known without a data folder: reads its files.
  static Status rehearse(const Configuration& configuration);

  const Configuration& configuration() const noexcept { return configuration_; }
  const FreeSpace& space() const noexcept { return space_; }
  const routing::RouteMetrics& metrics() const noexcept { return gate_.metrics(); }
  /// The limits of each index.
  const std::vector<LimitWatch::Watched>& limits() const noexcept { return limits_; }

  /// After bytes of one of its files were removed, in whichever index.
  void drop_project(std::string_view project) const;

  std::optional<http::Response> quick(http::Request& request) override { return gate_.quick(request); }
  http::BodyPlan plan_body(http::Request& request) override { return gate_.plan_body(request); }
  http::Response handle(http::Request& request) override { return gate_.handle(request); }

 private:
  /// Of the configuration and the data together, before anything is served.
  struct Settled {
    index::AttestationPolicy attestations;
    std::map<std::string, std::string> identities;                 ///< of the indexes, by name
    std::map<std::string, std::vector<UpstreamAccess>> upstreams;  ///< likewise
    upstream::NameSet reserved;
  };

  Site(const Configuration& configuration, Settled settled, routing::GateOptions gate,
       const LastingParts& parts, const MakeOperations& operations);
  std::vector<routing::Route> routes();

  const Configuration configuration_;
  const Settled settled_;
  const FreeSpace space_;
  oidc::PublisherService publishers_;
  oidc::TokenMint mint_;
  const std::vector<std::unique_ptr<IndexInstance>> indexes_;  // main first
  const std::vector<LimitWatch::Watched> limits_;
  api::ServerRoutes server_routes_;
  routing::Gate gate_;
};

/// What of a configuration the sockets need.
http::ServerOptions server_options(const Configuration& configuration);

}  // namespace packhouse::app
