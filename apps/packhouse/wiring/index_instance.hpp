#pragma once

#include <spdlog/fwd.h>

#include <map>
#include <string>
#include <vector>

#include "api/caches.hpp"
#include "api/index_routes.hpp"
#include "config/server_configuration.hpp"
#include "index/context.hpp"
#include "wiring/data_folder.hpp"

namespace packhouse::app {

/// What the indexes of a server share. All of it outlives them.
struct SharedParts {
  const Configuration& configuration;
  const DataFolder& data;
  const Clock& clock;
  const index::AttestationPolicy& attestations;
  const std::map<std::string, std::string>& identities;  ///< index::identity_of(), by the index's name
  index::UserService& users;
  spdlog::logger& log;
};

/// One index of a server with everything that serves it: below "/NAME", and `main` at the root of the server
/// too.
class IndexInstance {
 public:
  IndexInstance(std::string name, const IndexConfiguration& configuration, const SharedParts& parts);
  IndexInstance(const IndexInstance&) = delete;
  IndexInstance& operator=(const IndexInstance&) = delete;

  const index::Context& context() const noexcept { return context_; }
  /// This outlives the table.
  std::vector<routing::Route> routes() const { return routes_.table(); }
  /// After another process changed the data.
  void drop_caches() { caches_.drop_all(); }

 private:
  const dist::Policy policy_;
  api::Caches caches_;
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
