#pragma once

#include <chrono>
#include <cstdint>

#include "http_server/server.hpp"

namespace packhouse::http {

using SteadyTime = std::chrono::steady_clock::time_point;

/// What one connection's peer is waited for, since when, and whether that is too long. Time that the server
/// spends with its own work never counts. A pure function of the times it is given.
class PeerWatch {
 public:
  /// For the first byte of a request on a kept-alive connection.
  void idle(SteadyTime now) noexcept;
  /// For a whole head.
  void head(SteadyTime now) noexcept;
  /// For a body to come or an answer to go: begins a new transfer…
  void transfer(SteadyTime now) noexcept;
  void moved(SteadyTime now, std::uint64_t bytes) noexcept;
  /// …which stands still while the server works, and goes on.
  void pause(SteadyTime now) noexcept;
  void resume(SteadyTime now) noexcept;
  /// For the peer to close after the last answer.
  void linger(SteadyTime now) noexcept;

  bool awaits_request() const noexcept { return phase_ == Phase::idle || phase_ == Phase::head; }
  bool expired(SteadyTime now, const ServerLimits& limits) const noexcept;

  static constexpr std::chrono::milliseconds linger_time{2000};

 private:
  enum class Phase { nothing, idle, head, transfer, linger };
  bool too_slow(SteadyTime now, const ServerLimits& limits) const noexcept;

  Phase phase_ = Phase::nothing;
  SteadyTime since_{};     // of the phase, or of the last resume
  SteadyTime progress_{};  // of the transfer
  std::chrono::steady_clock::duration waited_{};
  std::uint64_t moved_ = 0;
};

}  // namespace packhouse::http
