#pragma once

// Private to http_server/: includes Asio.

#include <boost/asio/thread_pool.hpp>
#include <cstddef>
#include <deque>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace packhouse::http {

/// Threads that run calls, started with the first call. Calls run in the order in which they are posted, but
/// those of a lane wait in the lane while `width` of them run: one caller who asks for much that takes long
/// leaves the other threads to everyone else. At most `most_waiting` wait in a lane. Thread-safe. No call may
/// throw.
class Workers {
 public:
  static constexpr std::size_t lane_width = 2;

  explicit Workers(std::size_t threads, std::size_t width = lane_width,
                   std::size_t most_waiting = std::numeric_limits<std::size_t>::max())
      : threads_(threads), width_(width), most_waiting_(most_waiting) {}

  /// An empty lane: no limit. False: the lane is full, and the call will not run.
  bool post(const std::string& lane, std::function<void()> call);
  /// Waits until every call has run. Post nothing any more.
  void join();

 private:
  struct Lane {
    std::size_t running = 0;
    std::deque<std::function<void()>> waiting;
  };
  void run(const std::string& lane, std::function<void()> call);
  void finish(const std::string& lane);
  boost::asio::thread_pool& pool();

  const std::size_t threads_;
  const std::size_t width_;
  const std::size_t most_waiting_;
  std::mutex mutex_;
  std::map<std::string, Lane> lanes_;  // those with a call that runs
  std::once_flag started_;
  std::unique_ptr<boost::asio::thread_pool> pool_;
};

}  // namespace packhouse::http
