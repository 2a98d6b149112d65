#pragma once

#include <functional>
#include <future>
#include <stop_token>

#include "smoke/smoke_check.hpp"

namespace packhouse::smoke {

/// A smoke check on a thread of its own, begun while something else is done that speaks. Given up where it
/// goes before it was asked for.
class BackgroundSmokeCheck {
 public:
  using Run = std::function<Result<SmokeResult>(const SmokeTools&)>;

  /// What `tools` refers to outlives it. `run` says what it has to say to the output of the tools that it is
  /// given, and ends when their token wants it.
  BackgroundSmokeCheck(const SmokeTools& tools, Run run);
  BackgroundSmokeCheck(const BackgroundSmokeCheck&) = delete;
  BackgroundSmokeCheck& operator=(const BackgroundSmokeCheck&) = delete;
  ~BackgroundSmokeCheck() { stop_.request_stop(); }

  /// Shows what it said, and what it says from here on. Call once.
  Result<SmokeResult> get();

 private:
  std::stop_source stop_;
  console::Console::Held held_;
  std::future<Result<SmokeResult>> result_;  // the last: it waits for what uses the others
};

}  // namespace packhouse::smoke
