#include "sys/hangup_watch.hpp"

#include <gtest/gtest.h>

#include <csignal>

namespace packhouse {
namespace {

TEST(HangupWatch, notes_a_hangup_once_and_the_process_lives_on) {
  const HangupWatch watch;
  EXPECT_FALSE(watch.take());
  ASSERT_EQ(::raise(SIGHUP), 0);
  EXPECT_TRUE(watch.take());
  EXPECT_FALSE(watch.take());
}

TEST(HangupWatch, gives_the_signal_back) {
  {
    const HangupWatch watch;
  }
  struct sigaction action{};
  ASSERT_EQ(::sigaction(SIGHUP, nullptr, &action), 0);
  EXPECT_EQ(action.sa_handler, SIG_DFL);
}

}  // namespace
}  // namespace packhouse
