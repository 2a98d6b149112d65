#include "http_server/peer_watch.hpp"

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

TEST(PeerWatch, expects_nothing_at_first) {
  EXPECT_FALSE(PeerWatch{}.expired(start + 1000h, limits()));
}

TEST(PeerWatch, an_idle_connection_has_its_time) {
  PeerWatch watch;
  watch.idle(start);
  EXPECT_TRUE(watch.awaits_request());
  EXPECT_FALSE(watch.expired(start + 75s, limits()));
  EXPECT_TRUE(watch.expired(start + 76s, limits()));
}

TEST(PeerWatch, a_whole_head_has_its_time_however_often_a_byte_comes) {
  PeerWatch watch;
  watch.head(start);
  EXPECT_TRUE(watch.awaits_request());
  watch.moved(start + 29s, 100);
  EXPECT_FALSE(watch.expired(start + 30s, limits()));
  EXPECT_TRUE(watch.expired(start + 31s, limits()));
}

TEST(PeerWatch, a_transfer_that_stands_still_expires) {
  auto given = limits();
  given.min_bytes_per_second = 0;
  PeerWatch watch;
  watch.transfer(start);
  EXPECT_FALSE(watch.awaits_request());
  EXPECT_FALSE(watch.expired(start + 60s, given));
  EXPECT_TRUE(watch.expired(start + 61s, given));
  watch.moved(start + 50s, 1);
  EXPECT_FALSE(watch.expired(start + 110s, given));
  watch.moved(start + 60s, 0);
  EXPECT_TRUE(watch.expired(start + 111s, given));
}

TEST(PeerWatch, a_transfer_that_trickles_expires_after_the_grace) {
  PeerWatch watch;
  watch.transfer(start);
  watch.moved(start + 9s, 1000);
  EXPECT_FALSE(watch.expired(start + 9s, limits()));
  EXPECT_TRUE(watch.expired(start + 10s, limits()));
  watch.moved(start + 10s, 1560);
  EXPECT_FALSE(watch.expired(start + 10s, limits()));
}

TEST(PeerWatch, the_servers_own_work_does_not_count) {
  PeerWatch watch;
  watch.transfer(start);
  watch.moved(start + 1s, 600);
  watch.pause(start + 2s);
  EXPECT_FALSE(watch.expired(start + 1000h, limits()));
  watch.resume(start + 1000h);
  EXPECT_FALSE(watch.expired(start + 1000h + 7s, limits()));  // 9 s of the peer's in all
  EXPECT_TRUE(watch.expired(start + 1000h + 8s, limits()));   // 10 s: 600 bytes are too few
}

TEST(PeerWatch, waits_a_little_for_the_peer_to_close) {
  PeerWatch watch;
  watch.linger(start);
  EXPECT_FALSE(watch.expired(start + 2s, limits()));
  EXPECT_TRUE(watch.expired(start + 3s, limits()));
}

}  // namespace
}  // namespace packhouse::http
