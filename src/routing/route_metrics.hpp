#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/counter.hpp"
#include "routing/route.hpp"

namespace packhouse::routing {

/// Counts the answers of a server by route: by method and pattern of its line, whatever index that is of. No
/// name of a project, no path and no caller: the number of series is that of the routes. Thread-safe; an
/// answer costs five relaxed additions.
class RouteMetrics {
 public:
  struct Series {
    std::string method;
    std::string route;                     ///< "/simple/{project}/"; "other": the answers without a route
    DurationHistogram durations = {};      ///< from the head to the answer; of an upload with its body
    std::array<Counter, 5> statuses = {};  ///< by class: 1xx, 2xx, …
    Counter from_memory = {};              ///< answered on an I/O thread, without a look at disk or database
  };

  /// `routes` keeps its place.
  explicit RouteMetrics(std::span<const Route> routes);

  /// How an answer came about.
  struct Answered {
    const Route* route = nullptr;  ///< of the table; null: none
    int status = 0;
    std::chrono::nanoseconds duration{0};
    bool from_memory = false;
    std::string_view cache = {};  ///< http::Response::cache_field
  };
  void add(const Answered& answered);

  const std::deque<Series>& series() const noexcept { return series_; }
  /// Answers with something of an upstream, by what Cache-Status says of them (RFC 9211).
  std::map<std::string, std::uint64_t, std::less<>> cache_states() const;
  /// Answers for which an upstream was at fault.
  std::uint64_t upstream_failures() const noexcept { return upstream_failures_.value(); }

 private:
  void count_cache(std::string_view field);

  const std::span<const Route> routes_;
  std::deque<Series> series_;          // the last one: of the answers without a route
  std::vector<std::size_t> of_route_;  // by the place of a route in the table
  Counter upstream_failures_;
  mutable std::mutex mutex_;
  std::map<std::string, std::uint64_t, std::less<>> cache_states_;  // guarded by mutex_
};

}  // namespace packhouse::routing
