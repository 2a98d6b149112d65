#include "routing/allowed_hosts.hpp"

#include <gtest/gtest.h>

namespace packhouse::routing {
namespace {

bool accepts(std::vector<std::string> hosts, const std::string& host, std::string forwarded = {}) {
  http::Request request;
  if (!host.empty()) request.headers.add("Host", host);
  request.forwarded_host = std::move(forwarded);
  return AllowedHosts::parse(hosts).value().accepts(request);
}

TEST(AllowedHosts, an_empty_list_accepts_every_name) {
  EXPECT_TRUE(accepts({}, "evil.example"));
  EXPECT_TRUE(accepts({}, ""));
}

TEST(AllowedHosts, a_name_without_a_port_stands_for_all_ports) {
  for (const auto* host : {"packages.example.org", "Packages.Example.ORG", "packages.example.org:8443"})
    EXPECT_TRUE(accepts({"packages.example.org"}, host)) << host;
  for (const auto* host : {"evil.example", "packages.example.org.evil.example", "packages.example.org.",
                           "evil-packages.example.org", "packages.example.org@evil.example", "127.0.0.1", ""})
    EXPECT_FALSE(accepts({"packages.example.org"}, host)) << host;
}

TEST(AllowedHosts, a_name_with_a_port_stands_for_that_port) {
  EXPECT_TRUE(accepts({"a.example", "b.example:8443"}, "b.example:8443"));
  EXPECT_FALSE(accepts({"a.example", "b.example:8443"}, "b.example"));
  EXPECT_FALSE(accepts({"a.example", "b.example:8443"}, "b.example:1"));
}

TEST(AllowedHosts, an_address_stands_in_brackets) {
  EXPECT_TRUE(accepts({"[::1]"}, "[::1]:8080"));
  EXPECT_TRUE(accepts({"[::1]"}, "[::1]"));
  EXPECT_FALSE(accepts({"[::1]"}, "[::2]:8080"));
}

TEST(AllowedHosts, what_a_trusted_proxy_says_outranks_the_host_field) {
  EXPECT_TRUE(accepts({"packages.example.org"}, "10.0.0.5:8080", "packages.example.org"));
  EXPECT_FALSE(accepts({"packages.example.org"}, "packages.example.org", "evil.example"));
}

TEST(AllowedHosts, takes_hosts_alone) {
  for (const std::string text : {"", "*", "https://a.example", "a.example/", "::1", "a.example:0", "a b"}) {
    const std::vector<std::string> list{text};
    const auto refused = AllowedHosts::parse(list);
    ASSERT_FALSE(refused.ok()) << text;
    EXPECT_EQ(refused.error().message, "expected a host in allowed-hosts, found " + quote(text));
  }
}

}  // namespace
}  // namespace packhouse::routing
