#pragma once

#include <functional>
#include <future>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/result.hpp"

namespace packhouse::upstream {

/// Concurrent calls for one key share one run of the work. Thread-safe.
template <typename T>
class SingleFlight {
 public:
  using Work = std::function<Result<T>()>;

  /// The result of `work`, or of the run for that key that is under way. Throws what the work threw.
  Result<T> run(const std::string& key, const Work& work) {
    std::packaged_task<Result<T>()> task(work);
    std::unique_lock lock{mutex_};
    if (const auto found = under_way_.find(key); found != under_way_.end()) {
      const auto theirs = found->second;
      lock.unlock();
      return theirs.get();
    }
    const auto mine = under_way_.emplace(key, task.get_future().share()).first->second;
    lock.unlock();
    task();
    lock.lock();
    under_way_.erase(key);
    lock.unlock();
    return mine.get();
  }

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, std::shared_future<Result<T>>> under_way_;  // guarded by mutex_
};

}  // namespace packhouse::upstream
