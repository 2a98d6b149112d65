#include "http_server/workers.hpp"

#include <boost/asio/post.hpp>
#include <utility>

namespace packhouse::http {

bool Workers::post(const std::string& lane, std::function<void()> call) {
  if (lane.empty()) {
    boost::asio::post(pool(), std::move(call));
    return true;
  }
  {
    const std::scoped_lock lock{mutex_};
    auto& queue = lanes_[lane];
    if (queue.running == width_) {
      if (queue.waiting.size() >= most_waiting_) return false;
      queue.waiting.push_back(std::move(call));
      return true;
    }
    ++queue.running;
  }
  run(lane, std::move(call));
  return true;
}

void Workers::run(const std::string& lane, std::function<void()> call) {
  boost::asio::post(pool(), [this, lane, call = std::move(call)] {
    call();
    finish(lane);
  });
}

boost::asio::thread_pool& Workers::pool() {
  std::call_once(started_, [this] { pool_ = std::make_unique<boost::asio::thread_pool>(threads_); });
  return *pool_;
}

void Workers::join() {
  if (pool_) pool_->join();
}

/// The next call of the lane is posted behind all that others have posted by now.
void Workers::finish(const std::string& lane) {
  std::unique_lock lock{mutex_};
  const auto found = lanes_.find(lane);
  auto& [running, waiting] = found->second;
  if (waiting.empty()) {
    if (--running == 0) lanes_.erase(found);
    return;
  }
  auto next = std::move(waiting.front());
  waiting.pop_front();
  lock.unlock();
  run(lane, std::move(next));
}

}  // namespace packhouse::http
