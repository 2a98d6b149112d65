#pragma once

#include <memory>

#include "sys/file_system.hpp"

namespace packhouse::app {

/// While it lives, SIGINT and SIGTERM leave the work three seconds to end (a program that runs is stopped at
/// once), then remove `temporary` and end the process with 130. The journal needs no farewell: it is whole at
/// any moment.
class InterruptGuard {
 public:
  explicit InterruptGuard(Path temporary);
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace packhouse::app
