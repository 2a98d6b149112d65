#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>

#include "sys/clock.hpp"

namespace packhouse {

/// The system's time, but for jumps: one that is set forward or back counts only once it has lasted ten
/// minutes, and until then time goes on as it did. So a clock that is wrong for a moment ends nothing that
/// has a time, and dates nothing wrongly. Small corrections count at once. follow() is for one thread, all
/// else thread-safe.
class SettledClock final : public Clock {
 public:
  /// Two clocks of the system: the time of day, and what passed since some start, also while it slept.
  struct Sources {
    std::function<Timestamp()> of_day;
    std::function<std::chrono::microseconds()> elapsed;
  };
  static constexpr std::chrono::minutes lasts{10};
  static constexpr std::chrono::seconds small{5};

  SettledClock();
  explicit SettledClock(Sources sources);

  Timestamp now() const override;
  void sleep(std::chrono::milliseconds duration) override;

  /// What the time of day has been set by, as follow() saw it.
  struct Jump {
    std::chrono::seconds by;
    bool counts;  ///< false: not yet
  };
  /// Compares the two clocks. Call it every second or so; nullopt where it has nothing new to say.
  std::optional<Jump> follow();
  /// For a reason to doubt the time of day from the start: it is not settled before it went on evenly.
  void doubt();
  /// Whether the time of day has gone on evenly for ten minutes, or since the start where nothing made it
  /// doubtful.
  bool is_settled() const;

 private:
  const Sources sources_;
  std::atomic<std::chrono::microseconds> offset_;  // time of day, less what elapsed
  std::atomic<std::chrono::microseconds> even_since_;
  std::optional<std::chrono::microseconds> other_;  // an offset that does not count yet
};

}  // namespace packhouse
