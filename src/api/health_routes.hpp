#pragma once

#include <spdlog/fwd.h>

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "routing/route.hpp"
#include "sys/clock.hpp"

namespace packhouse::api {

/// Something without which an index is of little use, and a try of it.
struct ReadinessCheck {
  std::string name;             ///< shown to everybody: "database", …
  std::function<Status()> run;  ///< its Error goes to the log alone; may throw
};

/// /-/live: the process answers. /-/ready: whether all checks passed, tried again after five seconds at the
/// earliest, however many callers ask. Both are open to everybody.
class HealthRoutes final : public routing::RouteGroup {
 public:
  /// The last two outlive it.
  HealthRoutes(std::vector<ReadinessCheck> checks, const Clock& clock, spdlog::logger& log)
      : checks_(std::move(checks)), clock_(clock), log_(log) {}

  std::vector<routing::Route> routes() override;

  http::Response live(routing::RequestContext& call) const;
  http::Response ready(routing::RequestContext& call);

 private:
  /// The names of the checks that failed.
  std::vector<std::string> failed();
  void try_again();
  Status run(const ReadinessCheck& check) const;

  const std::vector<ReadinessCheck> checks_;
  const Clock& clock_;
  spdlog::logger& log_;
  std::mutex trying_;  // held while the checks run
  std::mutex mutex_;   // of what follows
  std::optional<Timestamp> tried_;
  std::vector<std::string> failed_;
};

}  // namespace packhouse::api
