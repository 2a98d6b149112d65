#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <span>
#include <string_view>

#include "base/counter.hpp"

namespace packhouse::http {

/// Why a connection or a request was refused or ended before its handler could answer as it would.
enum class Incident : std::uint8_t {
  connections,          ///< the server has as many as it may have
  network_connections,  ///< one network has
  descriptors,          ///< no connection could be accepted for want of them
  head_size,            ///< 431
  malformed_head,       ///< 400, 501, …
  head_time,            ///< the head did not come in time
  transfer_time,        ///< a body or an answer was too slow
  body_cut,             ///< the client ended the connection before its body was complete
  uploads,              ///< too many at once
  room,                 ///< less than limits.free-space would stay free
  changes,              ///< one credential changes too much
  logins,               ///< too many failed ones
  waiting,              ///< too many requests for one other server
};

std::span<const Incident> all_incidents() noexcept;
/// "connections", "network-connections", …
std::string_view to_string(Incident incident) noexcept;

/// Counts incidents, and logs the first of each kind and then one a minute at most, with the number of those
/// between: whoever causes them cannot fill the log. Thread-safe.
class IncidentLog {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::minutes between{1};

  /// `peer`: the address, or empty.
  void note(Incident incident, std::string_view peer, Time now = std::chrono::steady_clock::now());
  std::uint64_t count(Incident incident) const noexcept;

 private:
  static constexpr std::size_t kinds = 13;
  struct Last {
    Time logged{};
    std::uint64_t count = 0;  // what had been counted then
  };
  std::array<Counter, kinds> counts_;
  std::mutex mutex_;
  std::array<Last, kinds> last_{};
};

}  // namespace packhouse::http
