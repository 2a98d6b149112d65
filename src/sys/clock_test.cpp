#include "sys/clock.hpp"

#include <gtest/gtest.h>

namespace packhouse {
namespace {

TEST(SystemClock, returns_the_time_of_the_system) {
  const auto before = std::chrono::system_clock::now();
  const Timestamp now = SystemClock{}.now();
  const auto after = std::chrono::system_clock::now();
  EXPECT_GE(now, std::chrono::floor<std::chrono::microseconds>(before));
  EXPECT_LE(now, after);
}

TEST(SystemClock, sleeps_at_least_as_long_as_asked) {
  SystemClock clock;
  const auto before = std::chrono::steady_clock::now();
  clock.sleep(std::chrono::milliseconds{2});
  EXPECT_GE(std::chrono::steady_clock::now() - before, std::chrono::milliseconds{2});
}

TEST(ManualClock, advances_by_the_time_slept) {
  ManualClock clock{Timestamp{}};
  clock.sleep(std::chrono::milliseconds{1500});
  EXPECT_EQ(clock.now(), Timestamp{std::chrono::milliseconds{1500}});
}

}  // namespace
}  // namespace packhouse
