#pragma once

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

/// A clock that tests set; sleep() advances it and returns at once.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Timestamp start) : now_(start) {}
  Timestamp now() const override { return now_; }
  void sleep(std::chrono::milliseconds duration) override { now_ += duration; }

 private:
  Timestamp now_;
};

}  // namespace packhouse
