#pragma once

// Private to http_server/: includes Asio.

#include <functional>
#include <optional>
#include <string>

#include "http_server/asio_types.hpp"
#include "http_server/workers.hpp"

namespace packhouse::http {

/// A call that runs on a worker while the connection's I/O thread goes on. One call at a time; all methods
/// are called on the I/O thread.
class WorkerCall {
 public:
  explicit WorkerCall(Executor io_thread) : io_thread_(std::move(io_thread)) {}

  /// `call` must not throw. `lane`: as Workers::post() has it.
  void start(Workers& workers, std::function<void()> call, const std::string& lane = {});
  bool running() const noexcept { return running_; }
  /// Completes when the call has ended; at once if none runs.
  Await<void> wait();

 private:
  void complete();

  /// What resumes a coroutine in wait(). Its type is named, since it can only be moved and
  /// std::move_only_function is not in every standard library.
  using Waiter = asio::async_result<asio::use_awaitable_t<Executor>, void()>::handler_type;

  Executor io_thread_;
  bool running_ = false;
  std::optional<Waiter> waiter_;
};

}  // namespace packhouse::http
