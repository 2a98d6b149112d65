#include "sys/settled_clock.hpp"

#include <time.h>

#include <thread>

namespace packhouse {
namespace {

std::chrono::microseconds since_boot() {
  timespec time{};
  ::clock_gettime(CLOCK_BOOTTIME, &time);
  return std::chrono::floor<std::chrono::microseconds>(std::chrono::seconds{time.tv_sec} +
                                                       std::chrono::nanoseconds{time.tv_nsec});
}

}  // namespace

SettledClock::SettledClock()
    : SettledClock(Sources{.of_day = [] { return SystemClock{}.now(); }, .elapsed = since_boot}) {}

SettledClock::SettledClock(Sources sources) : sources_(std::move(sources)) {
  const auto elapsed = sources_.elapsed();
  offset_ = sources_.of_day().time_since_epoch() - elapsed;
  even_since_ = elapsed - lasts;
}

Timestamp SettledClock::now() const {
  return Timestamp{sources_.elapsed() + offset_.load(std::memory_order_relaxed)};
}

void SettledClock::sleep(std::chrono::milliseconds duration) {
  std::this_thread::sleep_for(duration);
}

std::optional<SettledClock::Jump> SettledClock::follow() {
  const auto elapsed = sources_.elapsed();
  const auto offset = sources_.of_day().time_since_epoch() - elapsed;
  const auto before = offset_.load();
  const auto by = std::chrono::floor<std::chrono::seconds>(offset - before);
  if (std::chrono::abs(offset - before) <= small) {
    offset_ = offset;
    if (other_) even_since_ = elapsed;
    other_.reset();
    return std::nullopt;
  }
  if (!other_ || std::chrono::abs(offset - *other_) > small) {
    other_ = offset;
    even_since_ = elapsed;
    return Jump{.by = by, .counts = false};
  }
  other_ = offset;
  if (elapsed - even_since_.load() < lasts) return std::nullopt;
  offset_ = offset;
  other_.reset();
  return Jump{.by = by, .counts = true};
}

void SettledClock::doubt() {
  even_since_ = sources_.elapsed();
}

bool SettledClock::is_settled() const {
  return sources_.elapsed() - even_since_.load() >= lasts;
}

}  // namespace packhouse
