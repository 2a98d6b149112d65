#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace packhouse::upstream {

/// Threads that run tasks which wait for an upstream: `most` at a time, the others in their order. Threads
/// start with the tasks. Destruction runs what is left, with stopping() set, and waits for it. Thread-safe.
class TaskThreads {
 public:
  explicit TaskThreads(std::size_t most) : most_(most) {}
  ~TaskThreads();
  TaskThreads(const TaskThreads&) = delete;
  TaskThreads& operator=(const TaskThreads&) = delete;

  /// `task` must not throw.
  void post(std::function<void()> task);
  /// A task should end as soon as it can.
  bool stopping() const;

 private:
  void run();

  const std::size_t most_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> waiting_;  // guarded by mutex_, as the next three
  std::size_t idle_ = 0;
  bool stopping_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace packhouse::upstream
