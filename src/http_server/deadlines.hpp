#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "http_server/incident_log.hpp"
#include "http_server/server_options.hpp"

namespace packhouse::http {

using SteadyTime = std::chrono::steady_clock::time_point;

/// What the peer of one connection has to do next, since when, and whether its time for that is over. Time
/// that the server spends on its own work does not count. A pure function of the times that it is given.
class Deadlines {
 public:
  /// The first byte of a request on a kept-alive connection.
  void await_request(SteadyTime now) noexcept;
  /// A whole head.
  void await_head(SteadyTime now) noexcept;
  /// An answer that leaves, or a body that arrives: a new transfer…
  void begin_transfer(SteadyTime now) noexcept;
  void begin_body(SteadyTime now) noexcept;
  void moved(SteadyTime now, std::uint64_t bytes) noexcept;
  /// …which is paused while the server works.
  void pause(SteadyTime now) noexcept;
  void resume(SteadyTime now) noexcept;
  /// The rest of a body that was refused by its head.
  void await_rest(SteadyTime now) noexcept;
  /// The peer's close after the last answer.
  void await_close(SteadyTime now) noexcept;

  bool awaits_request() const noexcept { return phase_ == Phase::idle || phase_ == Phase::head; }
  bool expired(SteadyTime now, const ServerLimits& limits) const noexcept;
  /// What it is when this expires; nullopt: nothing that an operator has to know.
  std::optional<Incident> incident() const noexcept;

  static constexpr std::chrono::milliseconds close_time{2000};

 private:
  enum class Phase { nothing, idle, head, transfer, rest, close };
  bool too_slow(SteadyTime now, const ServerLimits& limits) const noexcept;

  Phase phase_ = Phase::nothing;
  SteadyTime since_{};     // of the phase, or of the last resume
  SteadyTime progress_{};  // of the transfer
  std::chrono::steady_clock::duration waited_{};
  std::uint64_t moved_ = 0;
  bool body_ = false;  // of the transfer
};

}  // namespace packhouse::http
