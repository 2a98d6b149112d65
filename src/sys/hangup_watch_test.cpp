#include "sys/hangup_watch.hpp"

#include <gtest/gtest.h>

#include <csignal>

namespace packhouse {
namespace {

TEST(HangupWatch, records_a_hangup_once_without_ending_the_process) {
  const HangupWatch watch;
  EXPECT_FALSE(watch.take());
  ASSERT_EQ(::raise(SIGHUP), 0);
  EXPECT_TRUE(watch.take());
  EXPECT_FALSE(watch.take());
}

TEST(HangupWatch, restores_the_signal) {
  const auto earlier = std::signal(SIGHUP, SIG_DFL);  // nohup lets a program ignore it
  {
    const HangupWatch watch;
  }
  EXPECT_EQ(std::signal(SIGHUP, earlier), SIG_DFL);
}

}  // namespace
}  // namespace packhouse
