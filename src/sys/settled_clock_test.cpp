#include "sys/settled_clock.hpp"

#include <gtest/gtest.h>

namespace packhouse {
namespace {

using namespace std::chrono_literals;

constexpr Timestamp start{std::chrono::days{20'000}};

/// A machine whose time of day can be set.
class SettledClockTest : public ::testing::Test {
 protected:
  void pass(std::chrono::microseconds time) { elapsed_ += time; }
  void set_by(std::chrono::microseconds jump) { set_ += jump; }
  Timestamp expected() const { return start + elapsed_; }

  std::chrono::microseconds elapsed_{0};
  std::chrono::microseconds set_{0};
  SettledClock clock_{
      {.of_day = [this] { return start + elapsed_ + set_; }, .elapsed = [this] { return elapsed_ + 77h; }}};
};

TEST_F(SettledClockTest, is_the_time_of_day) {
  pass(1234ms);
  EXPECT_EQ(clock_.now(), expected());
  EXPECT_FALSE(clock_.follow());
}

TEST_F(SettledClockTest, follows_small_corrections_at_once) {
  for (int i = 0; i < 3; ++i) {
    set_by(-2s);
    EXPECT_FALSE(clock_.follow());
    EXPECT_EQ(clock_.now(), expected() + set_);
  }
}

TEST_F(SettledClockTest, a_jump_that_does_not_last_never_counts) {
  for (const auto jump : {24h * 400, -24h * 400}) {
    set_by(jump);
    const auto seen = clock_.follow();
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->by, jump);
    EXPECT_FALSE(seen->counts);
    pass(9min);
    EXPECT_FALSE(clock_.follow()) << "it is said once";
    EXPECT_EQ(clock_.now(), expected());
    set_by(-jump);
    EXPECT_FALSE(clock_.follow());
    EXPECT_EQ(clock_.now(), expected());
  }
}

TEST_F(SettledClockTest, a_jump_that_lasts_counts) {
  set_by(1h);
  ASSERT_TRUE(clock_.follow());
  pass(10min);
  const auto seen = clock_.follow();
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->by, 1h);
  EXPECT_TRUE(seen->counts);
  EXPECT_EQ(clock_.now(), expected() + 1h);
  EXPECT_FALSE(clock_.follow());
}

TEST_F(SettledClockTest, each_further_jump_has_to_last) {
  set_by(1h);
  ASSERT_TRUE(clock_.follow());
  pass(9min);
  set_by(1h);
  EXPECT_TRUE(clock_.follow());
  pass(9min);
  EXPECT_FALSE(clock_.follow());
  EXPECT_EQ(clock_.now(), expected());
}

TEST_F(SettledClockTest, is_settled_from_the_start_unless_it_is_doubtful) {
  EXPECT_TRUE(clock_.is_settled());
  clock_.doubt();
  EXPECT_FALSE(clock_.is_settled());
}

TEST_F(SettledClockTest, is_settled_after_ten_even_minutes) {
  clock_.doubt();
  EXPECT_FALSE(clock_.is_settled());
  pass(10min);
  EXPECT_TRUE(clock_.is_settled());
  set_by(24h);
  clock_.follow();
  EXPECT_FALSE(clock_.is_settled());
  set_by(-24h);
  clock_.follow();
  EXPECT_FALSE(clock_.is_settled());
  pass(10min);
  EXPECT_TRUE(clock_.is_settled());
}

TEST(SettledClock, has_the_time_of_the_system) {
  const SettledClock clock;
  const auto off = clock.now() - SystemClock{}.now();
  EXPECT_LT(std::chrono::abs(off), SettledClock::small);
}

}  // namespace
}  // namespace packhouse
