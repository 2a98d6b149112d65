#include "http_server/peer_watch.hpp"

namespace packhouse::http {

void PeerWatch::idle(SteadyTime now) noexcept {
  phase_ = Phase::idle;
  since_ = now;
}

void PeerWatch::head(SteadyTime now) noexcept {
  phase_ = Phase::head;
  since_ = now;
}

void PeerWatch::transfer(SteadyTime now) noexcept {
  waited_ = {};
  moved_ = 0;
  resume(now);
}

void PeerWatch::moved(SteadyTime now, std::uint64_t bytes) noexcept {
  if (bytes > 0) progress_ = now;
  moved_ += bytes;
}

void PeerWatch::pause(SteadyTime now) noexcept {
  if (phase_ == Phase::transfer) waited_ += now - since_;
  phase_ = Phase::nothing;
}

void PeerWatch::resume(SteadyTime now) noexcept {
  phase_ = Phase::transfer;
  since_ = progress_ = now;
}

void PeerWatch::linger(SteadyTime now) noexcept {
  phase_ = Phase::linger;
  since_ = now;
}

bool PeerWatch::expired(SteadyTime now, const ServerLimits& limits) const noexcept {
  switch (phase_) {
    case Phase::nothing:
      return false;
    case Phase::idle:
      return now - since_ > limits.idle_timeout;
    case Phase::head:
      return now - since_ > limits.head_timeout;
    case Phase::transfer:
      return now - progress_ > limits.stall_timeout || too_slow(now, limits);
    case Phase::linger:
      return now - since_ > linger_time;
  }
  return false;
}

bool PeerWatch::too_slow(SteadyTime now, const ServerLimits& limits) const noexcept {
  const auto waited = waited_ + (now - since_);
  if (waited < limits.rate_grace) return false;
  const double seconds = std::chrono::duration<double>(waited).count();
  return static_cast<double>(moved_) < seconds * static_cast<double>(limits.min_bytes_per_second);
}

}  // namespace packhouse::http
