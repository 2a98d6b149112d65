#include "api/health_routes.hpp"

#include <spdlog/logger.h>

#include <chrono>
#include <exception>

#include "api/access.hpp"
#include "base/text.hpp"
#include "routing/json_exchange.hpp"

namespace packhouse::api {
namespace {

constexpr std::chrono::seconds lasts{5};

}  // namespace

std::vector<routing::Route> HealthRoutes::routes() {
  routing::RouteTable table{*this, {.problems = routing::ProblemFormat::json}};
  table.add(http::Method::get, "/-/live", everyone, &HealthRoutes::live);
  table.add(http::Method::get, "/-/ready", everyone, &HealthRoutes::ready);
  return table.take();
}

http::Response HealthRoutes::live(routing::RequestContext& /*call*/) const {
  return routing::json_answer(200, json::Object{{"status", "ok"}});
}

http::Response HealthRoutes::ready(routing::RequestContext& /*call*/) {
  const auto reasons = failed();
  json::Array names;
  for (const auto& name : reasons)
    names.emplace_back(name);
  if (names.empty()) return routing::json_answer(200, json::Object{{"status", "ready"}});
  return routing::json_answer(503, json::Object{{"status", "not ready"}, {"reasons", std::move(names)}});
}

/// While one caller waits for a slow disk, the others get the last result.
std::vector<std::string> HealthRoutes::failed() {
  const std::unique_lock alone{trying_, std::try_to_lock};
  if (alone.owns_lock()) try_again();
  const std::lock_guard lock{mutex_};
  return failed_;
}

void HealthRoutes::try_again() {
  const auto now = clock_.now();
  // A clock that was set back does not keep an old result.
  if (tried_ && now >= *tried_ && now - *tried_ < lasts) return;
  std::vector<std::string> failed;
  for (const auto& check : checks_) {
    const auto passed = run(check);
    if (passed.ok()) continue;
    failed.push_back(check.name);
    log_.error("not ready: {}: {}", check.name, passed.error().message);
  }
  const std::lock_guard lock{mutex_};
  if (failed.empty() && !failed_.empty()) log_.info("ready again");
  failed_ = std::move(failed);
  tried_ = now;
}

Status HealthRoutes::run(const ReadinessCheck& check) const {
  try {
    return check.run();
  } catch (const std::exception& error) {  // a broken database
    return Error{Errc::unavailable, error.what()};
  }
}

}  // namespace packhouse::api
