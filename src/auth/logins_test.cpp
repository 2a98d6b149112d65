#include "auth/logins.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <semaphore>
#include <thread>

#include "auth/password.hpp"
#include "sys/clock.hpp"

namespace packhouse::auth {
namespace {

using namespace std::chrono_literals;

class LoginsTest : public testing::Test {
 protected:
  std::string verify(const Secret& password, std::string_view address = "192.0.2.1",
                     std::string_view user = "alice") {
    const auto denial = logins_.verify({.user = user, .password = password, .address = address},
                                       user == "alice" ? stored_ : Secret{}, clock_.now());
    return denial ? denial->error.message : "accepted";
  }
  bool remembers() const {
    return logins_.remembers({.user = "alice", .password = right_, .address = {}}, stored_, clock_.now());
  }

  const Secret right_{"correct horse"};
  const Secret wrong_{"wrong horse!"};
  Secret stored_ = hash_password(right_);
  ManualClock clock_{Timestamp{std::chrono::sys_days{std::chrono::year{2026} / 11 / 22}}};
  Logins logins_;
};

TEST_F(LoginsTest, remembers_a_correct_password_for_some_minutes_and_a_wrong_one_never) {
  EXPECT_FALSE(remembers());
  EXPECT_EQ(verify(wrong_), "the user name or the password is wrong");
  EXPECT_FALSE(remembers());
  EXPECT_EQ(verify(right_), "accepted");
  EXPECT_TRUE(remembers());
  clock_.sleep(Logins::remembered_for);
  EXPECT_FALSE(remembers());
}

TEST_F(LoginsTest, a_new_password_ends_the_old_one_at_once) {
  ASSERT_EQ(verify(right_), "accepted");
  stored_ = hash_password(wrong_);
  EXPECT_FALSE(remembers());
  EXPECT_EQ(verify(right_), "the user name or the password is wrong");
}

TEST_F(LoginsTest, an_unknown_user_gets_the_answer_to_a_wrong_password) {
  EXPECT_EQ(verify(right_, "192.0.2.1", "nobody"), verify(wrong_));
}

TEST_F(LoginsTest, slows_failures_down_but_not_the_user_at_another_address) {
  for (unsigned i = 0; i < LoginThrottle::free_attempts; ++i)
    EXPECT_EQ(verify(wrong_), "the user name or the password is wrong");
  EXPECT_EQ(verify(right_), "too many failed log-ins") << "not looked at, so nothing is learnt";
  EXPECT_EQ(verify(right_, "198.51.100.9"), "accepted");
  clock_.sleep(1s);
  EXPECT_EQ(verify(right_), "accepted");
}

TEST_F(LoginsTest, guessing_leaves_room_for_users_at_addresses_where_they_logged_in_before) {
  std::counting_semaphore<> begun{0};
  std::binary_semaphore go_on{0};
  Logins logins{[&](const Secret&, const Secret& password) {
    if (password == right_) return true;
    begun.release();
    go_on.acquire();
    go_on.release();
    return false;
  }};
  const auto verify = [&](const Secret& password, std::string_view address) {
    const auto denial =
        logins.verify({.user = "alice", .password = password, .address = address}, stored_, clock_.now());
    return denial ? denial->error.message : "accepted";
  };
  ASSERT_EQ(verify(right_, "192.0.2.1"), "accepted");
  clock_.sleep(Logins::remembered_for);  // it is hashed again
  std::vector<std::jthread> guesses;
  for (std::size_t i = 0; i < Logins::max_hashing - Logins::kept_for_known; ++i) {
    guesses.emplace_back(
        [&, i] { verify(Secret{fmt::format("guess {}", i)}, fmt::format("198.51.100.{}", i)); });
  }
  for (std::size_t i = 0; i < guesses.size(); ++i)
    begun.acquire();
  EXPECT_EQ(verify(right_, "192.0.2.9"), "too many log-ins at one time");
  EXPECT_EQ(verify(right_, "192.0.2.1"), "accepted");
  go_on.release();
}

TEST_F(LoginsTest, concurrent_equal_attempts_all_succeed) {
  std::atomic<int> accepted = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 12; ++i)
      threads.emplace_back([&] { accepted += verify(right_) == "accepted" ? 1 : 0; });
  }
  EXPECT_EQ(accepted, 12);
}

}  // namespace
}  // namespace packhouse::auth
