#pragma once

#include <memory>

#include "api/caches.hpp"
#include "api/routes.hpp"
#include "config/server_configuration.hpp"
#include "index/token_service.hpp"
#include "index/user_service.hpp"
#include "index_site.hpp"
#include "sys/interrupt_watch.hpp"
#include "web/routes.hpp"
#include "wiring/data_folder.hpp"

namespace packhouse::app {

/// All parts of a running index, wired together; members stand in the order in which they need each other.
class IndexServer {
 public:
  /// Makes the index if it is not there, and binds; serves nothing before run().
  static Result<std::unique_ptr<IndexServer>> open(const Configuration& configuration, DataFolder data,
                                                   std::shared_ptr<spdlog::logger> log);

  /// The tokens of a first start; nothing on any later one. Durable when it returns.
  struct FirstTokens {
    Secret admin;
    Secret read;
  };
  Result<std::optional<FirstTokens>> first_start();

  /// "http://127.0.0.1:8080"
  std::string url() const;
  /// Where it listens: what a proxy in front of it asks.
  std::string address() const;

  /// Until SIGTERM or SIGINT; then requests in flight finish. A signal that came before ends it at once.
  void run(const InterruptWatch& signals);

 private:
  IndexServer(const Configuration& configuration, index::AttestationPolicy attestations, DataFolder data,
              std::shared_ptr<spdlog::logger> log);
  Status listen();
  std::vector<auth::Route> routes();
  void keep_house();
  void reload_certificate(bool asked);
  void notice_changes();
  void write_uses();
  void expire_sessions();

  const Configuration configuration_;
  const index::AttestationPolicy attestations_;
  DataFolder data_;
  const std::shared_ptr<spdlog::logger> log_;  // shared with nobody; spdlog makes loggers so
  SystemClock clock_;
  auth::Authenticator authenticator_;
  index::TokenService tokens_;
  index::UserService users_;
  api::Caches caches_;
  index::Context context_;
  api::SimpleRoutes simple_;
  api::FileRoutes files_;
  api::UploadRoutes uploads_;
  api::AdminRoutes admin_;
  api::UserRoutes user_routes_;
  api::RoleRoutes roles_;
  api::LifeRoutes life_;
  api::PackageRoutes packages_;
  api::OpenApiRoutes openapi_;
  index::Sessions sessions_;
  api::SessionRoutes session_routes_;
  api::StageRoutes stage_routes_;
  web::WebRoutes web_;
  std::vector<std::unique_ptr<IndexSite>> others_;  ///< the indexes beside main
  auth::Gate gate_;
  std::unique_ptr<http::Server> server_;
  std::int64_t seen_changes_ = 0;
  int rounds_ = 0;
};

}  // namespace packhouse::app
