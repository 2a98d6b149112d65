#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/counter.hpp"
#include "http/client.hpp"

namespace packhouse::app {

/// What came of a request to an upstream, or to where its pages and redirects lead.
enum class UpstreamRequestOutcome {
  ok,            ///< 2xx
  not_modified,  ///< 304
  redirect,      ///< another 3xx
  absent,        ///< 404 and 410
  refused,       ///< another 4xx
  fault,         ///< 5xx
  unreachable,   ///< no answer, or none to its end
};
inline constexpr std::size_t upstream_request_outcomes = 7;

/// "ok", "not-modified", …
std::string_view to_string(UpstreamRequestOutcome outcome) noexcept;

/// Requests since the start. Thread-safe.
class UpstreamRequests {
 public:
  void add(UpstreamRequestOutcome outcome, std::chrono::nanoseconds duration) noexcept;
  std::uint64_t of(UpstreamRequestOutcome outcome) const noexcept {
    return counts_.at(static_cast<std::size_t>(outcome)).value();
  }
  DurationHistogram::Values durations() const noexcept { return durations_.values(); }

 private:
  std::array<Counter, upstream_request_outcomes> counts_;
  DurationHistogram durations_;
};

/// The same client, counted. `requests` outlives it and its others.
std::unique_ptr<http::Client> count_requests(std::unique_ptr<http::Client> client,
                                             UpstreamRequests& requests);

}  // namespace packhouse::app
