#include "sys/network_of.hpp"

#include <gtest/gtest.h>

namespace packhouse {
namespace {

TEST(NetworkOf, counts_an_ipv4_address_by_itself_however_it_is_written) {
  EXPECT_EQ(network_of("192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(network_of("::ffff:192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(network_of("::ffff:c000:201"), "192.0.2.1");
}

TEST(NetworkOf, counts_ipv6_addresses_by_their_first_64_bits) {
  EXPECT_EQ(network_of("2001:db8:1:2::1"), "2001:db8:1:2::/64");
  EXPECT_EQ(network_of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  EXPECT_EQ(network_of("2001:db8:1:3::1"), "2001:db8:1:3::/64");
}

TEST(NetworkOf, leaves_other_text_as_it_is) {
  EXPECT_EQ(network_of(""), "");
  EXPECT_EQ(network_of("unix:socket"), "unix:socket");
}

}  // namespace
}  // namespace packhouse
