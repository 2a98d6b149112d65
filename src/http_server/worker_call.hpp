#pragma once

// Private to http_server/: includes Asio.

#include <functional>
#include <string>

#include "base/move_only_function.hpp"
#include "http_server/asio_types.hpp"
#include "http_server/workers.hpp"

namespace packhouse::http {

/// A call that runs on a worker while the connection's I/O thread goes on. One call at a time; all methods
/// are called on the I/O thread.
class WorkerCall {
 public:
  explicit WorkerCall(Executor io_thread) : io_thread_(std::move(io_thread)) {}

  /// `call` must not throw. `lane` and the result: as Workers::post() has them.
  bool start(Workers& workers, std::function<void()> call, const std::string& lane = {});
  bool running() const noexcept { return running_; }
  /// Completes when the call has ended; at once if none runs.
  Await<void> wait();

 private:
  void complete();

  Executor io_thread_;
  bool running_ = false;
  MoveOnlyFunction waiter_;
};

}  // namespace packhouse::http
