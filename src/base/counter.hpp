#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>

namespace packhouse {

/// Counts from any thread, for one relaxed addition.
class Counter {
 public:
  void add(std::uint64_t count = 1) noexcept { value_.fetch_add(count, std::memory_order_relaxed); }
  std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// How many durations were how long. From any thread, for three relaxed additions.
class DurationHistogram {
 public:
  /// In seconds, ascending; what is longer is in none of them.
  static constexpr std::array bounds{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                     0.1,    0.25,  0.5,    1.0,   2.5,  10.0};
  struct Values {
    std::array<std::uint64_t, bounds.size()> up_to{};  ///< by bound, with all shorter ones
    std::uint64_t count = 0;
    double seconds = 0;
  };

  void add(std::chrono::nanoseconds duration) noexcept {
    const double seconds = std::chrono::duration<double>(duration).count();
    std::size_t place = 0;
    while (place < bounds.size() && seconds > bounds[place])
      ++place;
    if (place < bounds.size()) buckets_[place].add();
    nanoseconds_.add(duration.count() < 0 ? 0 : static_cast<std::uint64_t>(duration.count()));
    count_.add();
  }

  /// The count is at least that of every bucket, also while others count.
  Values values() const noexcept {
    Values values;
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < bounds.size(); ++i)
      values.up_to[i] = below += buckets_[i].value();
    values.count = std::max(below, count_.value());
    values.seconds = static_cast<double>(nanoseconds_.value()) / 1e9;
    return values;
  }

 private:
  std::array<Counter, bounds.size()> buckets_;
  Counter nanoseconds_;
  Counter count_;
};

}  // namespace packhouse
