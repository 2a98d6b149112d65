#include "base/counter.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace packhouse {
namespace {

using namespace std::chrono_literals;

TEST(Counter, counts_from_several_threads) {
  Counter counter;
  {
    std::array<std::jthread, 4> threads;
    for (auto& thread : threads) {
      thread = std::jthread{[&] {
        for (int i = 0; i < 1000; ++i)
          counter.add();
      }};
    }
  }
  counter.add(5);
  EXPECT_EQ(counter.value(), 4005U);
}

TEST(DurationHistogram, a_bucket_has_all_that_is_not_longer) {
  DurationHistogram histogram;
  for (const auto duration : {std::chrono::nanoseconds{0ns}, std::chrono::nanoseconds{500us},
                              std::chrono::nanoseconds{501us}, std::chrono::nanoseconds{20s}})
    histogram.add(duration);
  const auto values = histogram.values();
  EXPECT_EQ(values.up_to.front(), 2U);
  EXPECT_EQ(values.up_to[1], 3U);
  EXPECT_EQ(values.up_to.back(), 3U);
  EXPECT_EQ(values.count, 4U);
  EXPECT_DOUBLE_EQ(values.seconds, 20.001001);
}

TEST(DurationHistogram, a_clock_that_runs_back_counts_nothing_long) {
  DurationHistogram histogram;
  histogram.add(-5s);
  EXPECT_EQ(histogram.values().up_to.front(), 1U);
  EXPECT_DOUBLE_EQ(histogram.values().seconds, 0);
}

}  // namespace
}  // namespace packhouse
