#pragma once

#include <atomic>
#include <chrono>

#include "base/time.hpp"

namespace packhouse {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Timestamp now() const = 0;
  virtual void sleep(std::chrono::milliseconds duration) = 0;
};

class SystemClock final : public Clock {
 public:
  Timestamp now() const override;
  void sleep(std::chrono::milliseconds duration) override;
};

/// A clock that tests set; sleep() advances it and returns at once. Thread-safe.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Timestamp start) : now_(start) {}
  Timestamp now() const override { return now_.load(); }
  void sleep(std::chrono::milliseconds duration) override {
    Timestamp before = now_.load();
    while (!now_.compare_exchange_weak(before, before + duration)) {
    }
  }

 private:
  std::atomic<Timestamp> now_;
};

}  // namespace packhouse
