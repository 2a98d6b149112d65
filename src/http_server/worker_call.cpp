#include "http_server/worker_call.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <utility>

namespace packhouse::http {

bool WorkerCall::start(Workers& workers, std::function<void()> call, const std::string& lane) {
  // The guard keeps the I/O thread's loop alive until complete() has run on it.
  auto work = [this, call = std::move(call), guard = asio::make_work_guard(io_thread_)] {
    call();
    asio::post(io_thread_, [this] { complete(); });
  };
  running_ = workers.post(lane, std::move(work));
  return running_;
}

void WorkerCall::complete() {
  running_ = false;
  if (!waiter_) return;
  auto waiter = std::exchange(waiter_, {});
  waiter();
}

Await<void> WorkerCall::wait() {
  if (!running_) co_return;
  auto park = [this](auto resume) { waiter_ = std::move(resume); };
  co_await asio::async_initiate<const asio::use_awaitable_t<Executor>, void()>(park, use_await);
}

}  // namespace packhouse::http
