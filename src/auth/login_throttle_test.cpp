#include "auth/login_throttle.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "sys/clock.hpp"

namespace packhouse::auth {
namespace {

using namespace std::chrono_literals;

class LoginThrottleTest : public testing::Test {
 protected:
  std::chrono::seconds wait(std::string_view account, std::string_view address) const {
    return throttle_.wait(account, address, clock_.now());
  }
  void fail(std::string_view account, std::string_view address, unsigned times = 1) {
    for (unsigned i = 0; i < times; ++i)
      throttle_.failed(account, address, clock_.now());
  }

  ManualClock clock_{Timestamp{std::chrono::sys_days{std::chrono::year{2026} / 11 / 22}}};
  LoginThrottle throttle_{100};
};

TEST_F(LoginThrottleTest, each_failure_after_the_free_attempts_doubles_the_wait) {
  fail("alice", "192.0.2.1", 4);
  EXPECT_EQ(wait("alice", "192.0.2.1"), 0s);
  for (const auto expected : {1s, 2s, 4s, 8s}) {
    fail("alice", "192.0.2.1");
    EXPECT_EQ(wait("alice", "192.0.2.1"), expected);
  }
  fail("alice", "192.0.2.1", 20);
  EXPECT_EQ(wait("alice", "192.0.2.1"), LoginThrottle::longest_wait);
}

TEST_F(LoginThrottleTest, the_wait_passes_and_is_forgotten_after_a_quarter_of_an_hour) {
  fail("alice", "192.0.2.1", 7);
  clock_.sleep(3s);
  EXPECT_EQ(wait("alice", "192.0.2.1"), 1s);
  clock_.sleep(1s);
  EXPECT_EQ(wait("alice", "192.0.2.1"), 0s);
  clock_.sleep(900s);
  fail("alice", "192.0.2.1", 4);
  EXPECT_EQ(wait("alice", "192.0.2.1"), 0s) << "counted from nothing again";
}

TEST_F(LoginThrottleTest, a_login_clears_the_failures_of_its_address_on_that_account) {
  fail("alice", "192.0.2.1", 8);
  throttle_.succeeded("alice", "192.0.2.1", clock_.now());
  EXPECT_EQ(wait("alice", "192.0.2.1"), 0s);
}

TEST_F(LoginThrottleTest, an_attack_on_an_account_does_not_lock_out_its_holder_at_another_address) {
  for (int i = 0; i < 80; ++i)
    fail("alice", fmt::format("198.51.100.{}", i));
  EXPECT_EQ(wait("alice", "192.0.2.1"), 0s) << "an address without a failure may always try";
  EXPECT_EQ(wait("alice", "198.51.100.7"), 1s) << "under attack one failure is enough";
  EXPECT_EQ(wait("bob", "198.51.100.7"), 0s);
}

TEST_F(LoginThrottleTest, an_address_that_tries_many_accounts_waits_on_every_one_but_its_own) {
  throttle_.succeeded("alice", "192.0.2.1", clock_.now());
  for (int i = 0; i < 22; ++i)
    fail(fmt::format("user{}", i), "192.0.2.1");
  EXPECT_EQ(wait("carol", "192.0.2.1"), 4s);
  EXPECT_EQ(wait("alice", "192.0.2.1"), 0s) << "came in from there before";
  EXPECT_EQ(wait("carol", "192.0.2.2"), 0s);
  for (int i = 0; i < 50; ++i)
    fail(fmt::format("other{}", i), "192.0.2.1");
  EXPECT_EQ(wait("carol", "192.0.2.1"), 60s) << "who is new waits no longer for failures of others";
}

TEST_F(LoginThrottleTest, an_address_is_known_to_an_account_for_thirty_days_after_its_last_login) {
  throttle_.succeeded("alice", "192.0.2.1", clock_.now());
  clock_.sleep(LoginThrottle::known_for - 1s);
  for (int i = 0; i < 22; ++i)
    fail(fmt::format("user{}", i), "192.0.2.1");
  EXPECT_TRUE(throttle_.knows("alice", "192.0.2.1", clock_.now()));
  EXPECT_FALSE(throttle_.knows("alice", "192.0.2.2", clock_.now()));
  EXPECT_FALSE(throttle_.knows("user1", "192.0.2.1", clock_.now()));
  EXPECT_EQ(wait("alice", "192.0.2.1"), 0s);
  fail("alice", "192.0.2.1", 6);
  EXPECT_EQ(wait("alice", "192.0.2.1"), 2s) << "for its own failures it waits";
  clock_.sleep(1s);
  EXPECT_FALSE(throttle_.knows("alice", "192.0.2.1", clock_.now()));
}

TEST_F(LoginThrottleTest, addresses_of_one_ipv6_network_count_as_one) {
  for (int i = 0; i < 6; ++i)
    fail("alice", fmt::format("2001:db8::{}", i + 1));
  EXPECT_EQ(wait("alice", "2001:db8::ffff"), 2s);
  EXPECT_EQ(wait("alice", "2001:db8:0:1::1"), 0s);
}

TEST_F(LoginThrottleTest, bounds_what_it_remembers) {
  for (int i = 0; i < 1000; ++i)
    fail(fmt::format("user{}", i), fmt::format("10.0.{}.{}", i / 250, i % 250));
  EXPECT_EQ(throttle_.remembered(), 300U);
}

}  // namespace
}  // namespace packhouse::auth
