#include "upstream/task_threads.hpp"

#include <utility>

namespace packhouse::upstream {

TaskThreads::~TaskThreads() {
  std::unique_lock lock{mutex_};
  stopping_ = true;
  const auto threads = std::exchange(threads_, {});
  lock.unlock();
  changed_.notify_all();
}

void TaskThreads::post(std::function<void()> task) {
  const std::scoped_lock lock{mutex_};
  waiting_.push_back(std::move(task));
  if (idle_ < waiting_.size() && threads_.size() < most_) threads_.emplace_back([this] { run(); });
  changed_.notify_one();
}

bool TaskThreads::stopping() const {
  const std::scoped_lock lock{mutex_};
  return stopping_;
}

void TaskThreads::run() {
  std::unique_lock lock{mutex_};
  while (true) {
    ++idle_;
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    --idle_;
    if (waiting_.empty()) return;
    const auto task = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    task();
    lock.lock();
  }
}

}  // namespace packhouse::upstream
