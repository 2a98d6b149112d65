#include "http/retry.hpp"

#include <gtest/gtest.h>

namespace packhouse::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const Timestamp now{seconds(1'800'000'000)};

http::ClientResponse answer(int status, const std::vector<std::pair<std::string, std::string>>& headers = {},
                            std::string body = {}) {
  http::ClientResponse response{.status = status, .reason = {}, .headers = {}, .body = std::move(body)};
  for (auto& [name, value] : headers)
    response.headers.add(name, value);
  return response;
}

TEST(RateLimit, honours_retry_after_first) {
  const auto limit = rate_limit_wait(
      answer(429,
             {{"Retry-After", "7"}, {"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "1800000900"}}),
      0, now);
  ASSERT_TRUE(limit);
  EXPECT_EQ(limit->time, seconds(7));
}

TEST(RateLimit, waits_until_the_reset_when_nothing_remains) {
  const auto limit = rate_limit_wait(
      answer(403, {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "1800000090"}}), 0, now);
  ASSERT_TRUE(limit);
  EXPECT_EQ(limit->time, seconds(91));
}

TEST(RateLimit, waits_a_second_for_a_reset_that_has_passed) {
  const auto limit = rate_limit_wait(
      answer(403, {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "1700000000"}}), 0, now);
  ASSERT_TRUE(limit);
  EXPECT_EQ(limit->time, seconds(1));
}

TEST(RateLimit, waits_a_minute_and_then_twice_as_long_without_a_word_from_the_host) {
  EXPECT_EQ(rate_limit_wait(answer(429), 0, now)->time, seconds(60));
  EXPECT_EQ(rate_limit_wait(answer(429), 1, now)->time, seconds(120));
  EXPECT_EQ(rate_limit_wait(answer(429), 3, now)->time, seconds(480));
  EXPECT_EQ(rate_limit_wait(answer(403, {}, "You have exceeded a secondary rate limit"), 0, now)->time,
            seconds(60));
}

TEST(RateLimit, a_403_without_any_sign_of_it_is_a_lack_of_rights) {
  EXPECT_FALSE(
      rate_limit_wait(answer(403, {{"x-ratelimit-remaining", "12"}}, "Resource not accessible"), 0, now));
  EXPECT_FALSE(rate_limit_wait(answer(200), 0, now));
  EXPECT_FALSE(rate_limit_wait(answer(503, {{"Retry-After", "5"}}), 0, now));
}

TEST(RateLimit, an_unreadable_number_is_none) {
  EXPECT_EQ(rate_limit_wait(answer(429, {{"Retry-After", "Fri, 31 Dec 1999 23:59:59 GMT"}}), 0, now)->time,
            seconds(60));
  EXPECT_EQ(rate_limit_wait(answer(429, {{"Retry-After", "99999999999999999999"}}), 0, now)->time,
            seconds(60));
  EXPECT_GT(rate_limit_wait(answer(429, {{"Retry-After", "9999999999999999"}}), 0, now)->time,
            seconds(86400));
}

TEST(Failure, doubles_the_pause_and_gives_up_after_five) {
  EXPECT_EQ(failure_wait(1, "x")->time, seconds(1));
  EXPECT_EQ(failure_wait(2, "x")->time, seconds(2));
  EXPECT_EQ(failure_wait(4, "x")->time, seconds(8));
  EXPECT_FALSE(failure_wait(5, "x"));
}

}  // namespace
}  // namespace packhouse::http
