#pragma once

#include <string>
#include <vector>

#include "api/caches.hpp"
#include "api/routes.hpp"
#include "config/server_configuration.hpp"
#include "index/context.hpp"
#include "web/routes.hpp"
#include "wiring/data_folder.hpp"

namespace packhouse::app {

/// What every index of a server shares. All of it outlives them.
struct SharedParts {
  const Configuration& configuration;
  const DataFolder& data;
  const Clock& clock;
  const index::AttestationPolicy& attestations;
  index::TokenService& tokens;
  index::UserService& users;
  spdlog::logger& log;
};

/// An index beside `main`, with everything that serves it below "/NAME": what `main` has at the root of the
/// server, but for what concerns all of them. It has caches of the size that `main` has.
class IndexSite {
 public:
  IndexSite(std::string name, const IndexConfiguration& configuration, const SharedParts& parts);
  IndexSite(const IndexSite&) = delete;
  IndexSite& operator=(const IndexSite&) = delete;

  /// To be joined to the route table; this outlives it.
  std::vector<auth::Route> routes();
  /// Somebody else changed the data.
  void drop_caches() { caches_.drop_all(); }

 private:
  const std::string prefix_;  // "/prod"
  const bool open_reading_;
  const dist::Policy policy_;
  api::Caches caches_;
  index::Context context_;
  api::SimpleRoutes simple_;
  api::FileRoutes files_;
  api::UploadRoutes uploads_;
  api::AdminRoutes admin_;
  api::RoleRoutes roles_;
  api::LifeRoutes life_;
  api::PackageRoutes packages_;
  index::Sessions sessions_;
  api::SessionRoutes session_routes_;
  api::StageRoutes stage_routes_;
  web::WebRoutes web_;
};

/// Whose attestations are kept. Reads the trusted roots; an Error for a file or a publisher that is none.
Result<index::AttestationPolicy> attestations_of(const Configuration& configuration);

/// What a context is given of it: nothing where attestations are not kept.
const index::AttestationPolicy* kept(const index::AttestationPolicy& attestations);

/// The limits of every index.
Quotas quotas_of(const Configuration& configuration);

/// What the configuration says of sessions.
index::SessionLimits session_limits(const Configuration& configuration);

/// Makes the index if it is not there and gives it the policy that the configuration has, with an entry in
/// the ledger for each that changed something.
Status settle_index(CatalogStore& catalog, std::string_view name, const IndexPolicy& rules, Timestamp now,
                    spdlog::logger& log);

}  // namespace packhouse::app
