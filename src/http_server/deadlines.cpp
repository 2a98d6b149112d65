#include "http_server/deadlines.hpp"

#include <algorithm>

namespace packhouse::http {

void Deadlines::await_request(SteadyTime now) noexcept {
  phase_ = Phase::idle;
  since_ = now;
}

void Deadlines::await_head(SteadyTime now) noexcept {
  phase_ = Phase::head;
  since_ = now;
}

void Deadlines::begin_transfer(SteadyTime now) noexcept {
  waited_ = {};
  moved_ = 0;
  body_ = false;
  resume(now);
}

void Deadlines::begin_body(SteadyTime now) noexcept {
  begin_transfer(now);
  body_ = true;
}

void Deadlines::moved(SteadyTime now, std::uint64_t bytes) noexcept {
  if (bytes > 0) progress_ = now;
  moved_ += bytes;
}

void Deadlines::pause(SteadyTime now) noexcept {
  if (phase_ == Phase::transfer) waited_ += now - since_;
  phase_ = Phase::nothing;
}

void Deadlines::resume(SteadyTime now) noexcept {
  phase_ = Phase::transfer;
  since_ = progress_ = now;
}

void Deadlines::await_rest(SteadyTime now) noexcept {
  phase_ = Phase::rest;
  since_ = now;
}

void Deadlines::await_close(SteadyTime now) noexcept {
  phase_ = Phase::close;
  since_ = now;
}

bool Deadlines::expired(SteadyTime now, const ServerLimits& limits) const noexcept {
  switch (phase_) {
    case Phase::nothing:
      return false;
    case Phase::idle:
      return now - since_ > limits.idle_timeout;
    case Phase::head:
      return now - since_ > limits.head_timeout;
    case Phase::transfer:
      return now - progress_ > limits.stall_timeout || too_slow(now, limits);
    case Phase::rest:
      return now - since_ > limits.refused_timeout;
    case Phase::close:
      return now - since_ > close_time;
  }
  return false;
}

std::optional<Incident> Deadlines::incident() const noexcept {
  if (phase_ == Phase::head) return Incident::head_time;
  if (phase_ == Phase::transfer) return Incident::transfer_time;
  return std::nullopt;
}

bool Deadlines::too_slow(SteadyTime now, const ServerLimits& limits) const noexcept {
  const auto waited = waited_ + (now - since_);
  if (waited < limits.rate_grace) return false;
  auto rate = limits.min_bytes_per_second;
  if (body_ && waited >= limits.body_grace) rate = std::max(rate, limits.min_body_bytes_per_second);
  const double seconds = std::chrono::duration<double>(waited).count();
  return static_cast<double>(moved_) < seconds * static_cast<double>(rate);
}

}  // namespace packhouse::http
