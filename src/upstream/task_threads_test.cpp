#include "upstream/task_threads.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>

namespace packhouse::upstream {
namespace {

TEST(TaskThreads, run_as_many_tasks_at_a_time_as_they_are) {
  std::latch together{3};
  TaskThreads threads(3);
  for (int i = 0; i < 3; ++i)
    threads.post([&] { together.arrive_and_wait(); });
  together.wait();
}

TEST(TaskThreads, never_run_more_tasks_at_a_time_and_leave_none) {
  std::atomic<int> running = 0;
  std::atomic<int> most = 0;
  std::atomic<int> done = 0;
  {
    TaskThreads threads(2);
    for (int i = 0; i < 50; ++i) {
      threads.post([&] {
        const int now = ++running;
        for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
        }
        --running;
        ++done;
      });
    }
  }
  EXPECT_LE(most, 2);
  EXPECT_EQ(done, 50);
}

TEST(TaskThreads, say_to_their_tasks_that_they_stop) {
  std::latch begun{1};
  std::atomic<bool> seen = false;
  {
    TaskThreads threads(1);
    threads.post([&] {
      begun.count_down();
      while (!threads.stopping())
        std::this_thread::yield();
      seen = true;
    });
    begun.wait();
  }
  EXPECT_TRUE(seen);
}

}  // namespace
}  // namespace packhouse::upstream
