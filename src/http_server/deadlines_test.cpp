#include "http_server/deadlines.hpp"

#include <gtest/gtest.h>

namespace packhouse::http {
namespace {

using namespace std::chrono_literals;

constexpr SteadyTime start{};

ServerLimits limits() {
  ServerLimits limits;
  limits.head_timeout = 30s;
  limits.idle_timeout = 75s;
  limits.stall_timeout = 60s;
  limits.rate_grace = 10s;
  limits.min_bytes_per_second = 256;
  return limits;
}

TEST(Deadlines, expects_nothing_at_first) {
  EXPECT_FALSE(Deadlines{}.expired(start + 1000h, limits()));
}

TEST(Deadlines, a_head_and_a_transfer_that_take_too_long_are_incidents_and_an_idle_connection_is_none) {
  Deadlines deadlines;
  deadlines.await_request(start);
  EXPECT_EQ(deadlines.incident(), std::nullopt);
  deadlines.await_head(start);
  EXPECT_EQ(deadlines.incident(), Incident::head_time);
  deadlines.begin_transfer(start);
  EXPECT_EQ(deadlines.incident(), Incident::transfer_time);
}

TEST(Deadlines, an_idle_connection_expires_after_the_idle_timeout) {
  Deadlines deadlines;
  deadlines.await_request(start);
  EXPECT_TRUE(deadlines.awaits_request());
  EXPECT_FALSE(deadlines.expired(start + 75s, limits()));
  EXPECT_TRUE(deadlines.expired(start + 76s, limits()));
}

TEST(Deadlines, a_head_expires_although_bytes_of_it_arrive) {
  Deadlines deadlines;
  deadlines.await_head(start);
  EXPECT_TRUE(deadlines.awaits_request());
  deadlines.moved(start + 29s, 100);
  EXPECT_FALSE(deadlines.expired(start + 30s, limits()));
  EXPECT_TRUE(deadlines.expired(start + 31s, limits()));
}

TEST(Deadlines, a_stalled_transfer_expires) {
  auto given = limits();
  given.min_bytes_per_second = 0;
  Deadlines deadlines;
  deadlines.begin_transfer(start);
  EXPECT_FALSE(deadlines.awaits_request());
  EXPECT_FALSE(deadlines.expired(start + 60s, given));
  EXPECT_TRUE(deadlines.expired(start + 61s, given));
  deadlines.moved(start + 50s, 1);
  EXPECT_FALSE(deadlines.expired(start + 110s, given));
  deadlines.moved(start + 60s, 0);
  EXPECT_TRUE(deadlines.expired(start + 111s, given));
}

TEST(Deadlines, a_body_has_a_time_by_its_size) {
  auto given = limits();
  given.body_grace = 600s;
  given.min_body_bytes_per_second = 16'384;
  Deadlines body;
  body.begin_body(start);
  Deadlines answer;
  answer.begin_transfer(start);
  const auto whole = 16'384ULL * 700;
  for (auto* one : {&body, &answer}) {
    one->moved(start + 599s, whole);
    EXPECT_FALSE(one->expired(start + 600s, given));
  }
  for (auto* one : {&body, &answer})
    one->moved(start + 700s, 1);
  EXPECT_FALSE(body.expired(start + 700s, given));
  EXPECT_TRUE(body.expired(start + 701s, given));
  EXPECT_FALSE(answer.expired(start + 701s, given)) << "a slow reader may take its time";
}

TEST(Deadlines, the_rest_of_a_refused_body_has_little_time) {
  Deadlines deadlines;
  deadlines.await_rest(start);
  deadlines.moved(start + 9s, 1'000'000);
  EXPECT_FALSE(deadlines.expired(start + 10s, limits()));
  EXPECT_TRUE(deadlines.expired(start + 11s, limits()));
}

TEST(Deadlines, a_slow_transfer_expires_after_the_grace_period) {
  Deadlines deadlines;
  deadlines.begin_transfer(start);
  deadlines.moved(start + 9s, 1000);
  EXPECT_FALSE(deadlines.expired(start + 9s, limits()));
  EXPECT_TRUE(deadlines.expired(start + 10s, limits()));
  deadlines.moved(start + 10s, 1560);
  EXPECT_FALSE(deadlines.expired(start + 10s, limits()));
}

TEST(Deadlines, time_of_the_servers_own_work_does_not_count) {
  Deadlines deadlines;
  deadlines.begin_transfer(start);
  deadlines.moved(start + 1s, 600);
  deadlines.pause(start + 2s);
  EXPECT_FALSE(deadlines.expired(start + 1000h, limits()));
  deadlines.resume(start + 1000h);
  EXPECT_FALSE(deadlines.expired(start + 1000h + 7s, limits()));  // the peer had 9 s in all
  EXPECT_TRUE(deadlines.expired(start + 1000h + 8s, limits()));   // 10 s: 600 bytes are too few
}

TEST(Deadlines, a_peer_that_does_not_close_expires) {
  Deadlines deadlines;
  deadlines.await_close(start);
  EXPECT_FALSE(deadlines.expired(start + 2s, limits()));
  EXPECT_TRUE(deadlines.expired(start + 3s, limits()));
}

}  // namespace
}  // namespace packhouse::http
