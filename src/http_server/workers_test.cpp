#include "http_server/workers.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <latch>

namespace packhouse::http {
namespace {

TEST(Workers, a_lane_leaves_workers_to_the_others) {
  Workers workers{Workers::lane_width + 1};
  std::promise<void> released;
  const auto release = released.get_future().share();
  std::latch begun{Workers::lane_width};
  for (std::size_t i = 0; i < Workers::lane_width; ++i) {
    workers.post("greedy", [&] {
      begun.count_down();
      release.wait();
    });
  }
  begun.wait();
  std::atomic<bool> third = false;
  workers.post("greedy", [&] { third = true; });
  std::latch others{2};
  workers.post("modest", [&] { others.count_down(); });
  workers.post("", [&] { others.count_down(); });
  others.wait();
  EXPECT_FALSE(third);
  released.set_value();
  workers.join();
  EXPECT_TRUE(third);
}

TEST(Workers, a_full_lane_takes_no_more_calls_and_the_others_do) {
  Workers workers{2, 1, 3};
  std::promise<void> released;
  const auto release = released.get_future().share();
  std::atomic<int> done = 0;
  const auto wait = [&] {
    release.wait();
    ++done;
  };
  for (int i = 0; i < 4; ++i)
    EXPECT_TRUE(workers.post("slow", wait)) << "one runs and three wait";
  EXPECT_FALSE(workers.post("slow", wait));
  EXPECT_TRUE(workers.post("other", wait));
  released.set_value();
  workers.join();
  EXPECT_EQ(done, 5);
}

TEST(Workers, runs_every_call_of_a_lane_in_order) {
  Workers workers{1};
  std::string order;
  for (const char each : std::string{"abcdefgh"})
    workers.post("lane", [&order, each] { order += each; });
  workers.join();
  EXPECT_EQ(order, "abcdefgh");
}

TEST(Workers, never_runs_more_calls_of_a_lane_than_its_width) {
  Workers workers{6};
  std::atomic<std::size_t> running = 0;
  std::atomic<std::size_t> most = 0;
  std::atomic<int> done = 0;
  for (int i = 0; i < 200; ++i) {
    workers.post("lane", [&] {
      const auto now = ++running;
      auto seen = most.load();
      while (seen < now && !most.compare_exchange_weak(seen, now)) {
      }
      ++done;
      --running;
    });
  }
  workers.join();
  EXPECT_EQ(done, 200);
  EXPECT_LE(most, Workers::lane_width);
}

}  // namespace
}  // namespace packhouse::http
