#include "wiring/limit_watch.hpp"

#include <fmt/format.h>
#include <spdlog/logger.h>

#include <utility>

#include "index/usage.hpp"

namespace packhouse::app {

void LimitWatch::look(const std::vector<Watched>& indexes) {
  std::set<std::string> scarce;
  for (const auto& [index, quotas] : indexes) {
    const auto found = index::scarce_limits(usage_, index, quotas);
    if (!found.ok())
      return log_.error("cannot compare the index {} with its limits: {}", index, found.error().message);
    for (const auto& each : *found) {
      auto key = fmt::format("{} {}", each.subject, each.limit);
      if (!told_.contains(key))
        log_.warn("{}: {} of {} of limits.{} are used", each.subject, each.used, each.most, each.limit);
      scarce.insert(std::move(key));
    }
  }
  told_ = std::move(scarce);
}

}  // namespace packhouse::app
