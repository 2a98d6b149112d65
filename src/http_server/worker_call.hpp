#pragma once

// Private to http_server/: includes Asio.

#include <boost/asio/thread_pool.hpp>
#include <functional>

#include "http_server/asio_types.hpp"

namespace packhouse::http {

/// A call that runs on a worker while the connection's I/O thread goes on. One call at a time; all methods
/// are called on the I/O thread.
class WorkerCall {
 public:
  WorkerCall(asio::thread_pool& workers, Executor io_thread)
      : workers_(workers), io_thread_(std::move(io_thread)) {}

  /// `call` must not throw.
  void start(std::function<void()> call);
  bool running() const noexcept { return running_; }
  /// Completes when the call has ended; at once if none runs.
  Await<void> wait();

 private:
  void complete();

  asio::thread_pool& workers_;
  Executor io_thread_;
  bool running_ = false;
  std::move_only_function<void()> waiter_;
};

}  // namespace packhouse::http
