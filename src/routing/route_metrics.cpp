#include "routing/route_metrics.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"

namespace packhouse::routing {
namespace {

constexpr int bad_gateway = 502;

/// As it is without the index's prefix.
std::string name_of(const Route& route) {
  return route.root + route.pattern.substr(route.root.size() + route.prefix.size());
}

/// "Cache-Status: packhouse; fwd=miss; stored\r\n": "fwd=miss; stored"
std::string_view state_in(std::string_view field) {
  const auto begin = field.find("; ");
  if (begin == std::string_view::npos) return {};
  field.remove_prefix(begin + 2);
  return field.substr(0, field.find('\r'));
}

}  // namespace

RouteMetrics::RouteMetrics(std::span<const Route> routes) : routes_(routes) {
  std::map<std::pair<std::string, std::string>, std::size_t> known;
  for (const auto& route : routes) {
    const std::string method{http::to_string(route.method)};
    auto name = name_of(route);
    const auto [place, fresh] = known.try_emplace({method, name}, series_.size());
    if (fresh) series_.emplace_back(method, std::move(name));
    of_route_.push_back(place->second);
  }
  series_.emplace_back("", "other");
}

void RouteMetrics::add(const Answered& answered) {
  auto& series = answered.route == nullptr
                     ? series_.back()
                     : series_[of_route_[static_cast<std::size_t>(answered.route - routes_.data())]];
  series.durations.add(answered.duration);
  series.statuses[static_cast<std::size_t>(std::clamp(answered.status / 100, 1, 5) - 1)].add();
  if (answered.from_memory) series.from_memory.add();
  if (answered.status == bad_gateway) upstream_failures_.add();
  if (!answered.cache.empty()) count_cache(state_in(answered.cache));
}

/// There are six of them; no more can come from what an upstream says.
void RouteMetrics::count_cache(std::string_view state) {
  const std::lock_guard lock(mutex_);
  const auto found = cache_states_.find(state);
  if (found != cache_states_.end()) {
    ++found->second;
  } else {
    cache_states_.emplace(state, 1);
  }
}

std::map<std::string, std::uint64_t, std::less<>> RouteMetrics::cache_states() const {
  const std::lock_guard lock(mutex_);
  return cache_states_;
}

}  // namespace packhouse::routing
