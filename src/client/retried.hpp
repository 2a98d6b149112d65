#pragma once

#include <fmt/format.h>

#include <chrono>

#include "console/console.hpp"
#include "http/retry.hpp"
#include "sys/clock.hpp"

namespace packhouse::client {

/// Puts a question to the index that may be put again (it changes nothing, or the same thing) until it is
/// answered well, or max_failures is reached. Each wait is told.
template <typename Question>
auto retried(Clock& clock, console::Console& console, const Question& question) -> decltype(question()) {
  for (int failures = 1;; ++failures) {
    auto answer = question();
    if (answer.ok() || answer.error().code != Errc::unavailable) return answer;
    const auto wait = http::failure_wait(failures, "the index did not answer well");
    if (!wait) return answer;
    console.line(fmt::format("  {}: waiting {} s", wait->reason,
                             std::chrono::ceil<std::chrono::seconds>(wait->time).count()));
    clock.sleep(wait->time);
  }
}

}  // namespace packhouse::client
