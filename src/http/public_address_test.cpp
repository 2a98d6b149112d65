#include "http/public_address.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

namespace packhouse::http {
namespace {

bool socket_address_is_public(const std::string& text) {
  sockaddr_storage storage{};
  if (auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
      ::inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
  } else {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
    EXPECT_EQ(::inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr), 1) << text;
    v6.sin6_family = AF_INET6;
  }
  return is_public_address(reinterpret_cast<const sockaddr&>(storage));
}

TEST(PublicAddress, local_addresses_are_not_public_in_any_spelling) {
  for (const char* text : {"0.0.0.0",
                           "10.1.2.3",
                           "100.64.0.1",
                           "127.0.0.1",
                           "127.255.255.254",
                           "169.254.169.254",
                           "172.16.0.1",
                           "172.31.255.255",
                           "192.168.1.1",
                           "198.18.0.1",
                           "224.0.0.1",
                           "255.255.255.255",
                           "::",
                           "::1",
                           "fc00::1",
                           "fd12::1",
                           "fe80::1",
                           "ff02::1",
                           "::ffff:127.0.0.1",
                           "::ffff:169.254.169.254",
                           "64:ff9b::a00:1",
                           "2002:7f00:1::",
                           "::7f00:1"}) {
    EXPECT_FALSE(socket_address_is_public(text)) << text;
    EXPECT_FALSE(may_be_public(text)) << text;
  }
}

TEST(PublicAddress, addresses_beside_the_local_networks_are_public) {
  for (const char* text : {"9.255.255.255", "11.0.0.1", "100.128.0.1", "172.32.0.1", "192.0.1.1",
                           "198.20.0.1", "2606:4700::1", "::ffff:8.8.8.8", "64:ff9b::808:808"}) {
    EXPECT_TRUE(socket_address_is_public(text)) << text;
    EXPECT_TRUE(may_be_public(text)) << text;
  }
}

TEST(PublicAddress, only_the_name_localhost_is_known_to_be_local) {
  EXPECT_FALSE(may_be_public("localhost"));
  EXPECT_FALSE(may_be_public("LOCALHOST"));
  EXPECT_FALSE(may_be_public("files.localhost"));
  EXPECT_TRUE(may_be_public("files.example"));
  EXPECT_TRUE(may_be_public(std::string(200, 'a')));
}

}  // namespace
}  // namespace packhouse::http
