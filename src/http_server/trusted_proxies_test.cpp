#include "http_server/trusted_proxies.hpp"

#include <gtest/gtest.h>

namespace packhouse::http {
namespace {

TrustedProxies proxies(std::vector<std::string> texts) {
  return TrustedProxies::parse(texts).value();
}

TEST(TrustedProxies, knows_addresses_and_networks) {
  const auto trusted = proxies({"127.0.0.1", "10.0.0.0/8", "192.168.4.0/22", "::1", "2001:db8::/33"});
  for (const auto* address :
       {"127.0.0.1", "10.1.2.3", "192.168.7.255", "::1", "2001:db8:7fff::1", "::ffff:10.0.0.1"}) {
    EXPECT_TRUE(trusted.trusts(address)) << address;
  }
  for (const auto* address :
       {"127.0.0.2", "11.0.0.0", "192.168.8.0", "::2", "2001:db8:8000::1", "", "x", "10.0.0"}) {
    EXPECT_FALSE(trusted.trusts(address)) << address;
  }
  EXPECT_TRUE(proxies({"0.0.0.0/0"}).trusts("8.8.8.8"));
  EXPECT_FALSE(proxies({"0.0.0.0/0"}).trusts("::1"));
}

TEST(TrustedProxies, refuses_malformed_addresses) {
  for (const std::string text :
       {"", "localhost", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/x", "10.0.0.0/-1"}) {
    const std::vector<std::string> texts{text};
    const auto refused = TrustedProxies::parse(texts);
    ASSERT_FALSE(refused.ok()) << text;
    EXPECT_EQ(refused.error().code, Errc::invalid_input);
    EXPECT_EQ(refused.error().message,
              "expected an address or a network of a trusted proxy, found " + quote(text));
  }
}

TEST(TrustedProxies, says_which_networks_hold_more_than_proxies) {
  const auto wide = proxies({"10.0.0.0/8", "10.0.0.0/23", "10.0.0.0/24", "10.0.0.7", "127.0.0.0/8",
                             "127.0.0.0/7", "::1", "2001:db8::/63", "2001:db8::/64", "0.0.0.0/0", "::/0"});
  EXPECT_EQ(wide.wide_networks(), (std::vector<std::string>{"10.0.0.0/8", "10.0.0.0/23", "127.0.0.0/7",
                                                            "2001:db8::/63", "0.0.0.0/0", "::/0"}));
}

std::string client(const TrustedProxies& trusted, const std::string& peer, const std::string& forwarded) {
  Headers headers;
  headers.add("X-Forwarded-For", forwarded);
  return trusted.client_of(peer, headers);
}

TEST(TrustedProxies, the_client_is_the_last_address_that_is_not_trusted) {
  const auto trusted = proxies({"10.0.0.0/8"});
  EXPECT_EQ(client(trusted, "8.8.8.8", "1.1.1.1"), "8.8.8.8");
  EXPECT_EQ(client(trusted, "10.0.0.1", "1.1.1.1"), "1.1.1.1");
  EXPECT_EQ(client(trusted, "10.0.0.1", "6.6.6.6, 1.1.1.1, 10.0.0.2"), "1.1.1.1");
  EXPECT_EQ(client(trusted, "10.0.0.1", "10.0.0.3"), "10.0.0.3");
  EXPECT_EQ(client(trusted, "10.0.0.1", "1.1.1.1, unknown"), "10.0.0.1");
  EXPECT_EQ(client(trusted, "10.0.0.1", "2001:db8::1"), "2001:db8::1");
  EXPECT_EQ(trusted.client_of("10.0.0.1", {}), "10.0.0.1");
}

TEST(TrustedProxies, an_address_has_one_spelling) {
  const auto trusted = proxies({"10.0.0.0/8"});
  for (const char* same : {"192.0.2.1", "::ffff:192.0.2.1", "::FFFF:c000:201", "0:0:0:0:0:ffff:192.0.2.1"})
    EXPECT_EQ(client(trusted, "10.0.0.1", same), "192.0.2.1") << same;
  EXPECT_EQ(client(trusted, "10.0.0.1", "2001:DB8:0::1"), "2001:db8::1");
  EXPECT_EQ(client(trusted, "10.0.0.1", "::ffff:192.0.2.1, ::ffff:10.0.0.2"), "192.0.2.1");
}

Request described(const std::string& peer, std::string_view scheme, std::string_view host) {
  Request request;
  request.headers.add("Host", "inner:8080");
  request.headers.add("X-Forwarded-For", "1.1.1.1");
  request.headers.add("X-Forwarded-Proto", std::string(scheme));
  request.headers.add("X-Forwarded-Host", std::string(host));
  proxies({"10.0.0.0/8"}).describe(request, peer, false);
  return request;
}

TEST(TrustedProxies, scheme_and_host_count_from_a_trusted_proxy_only) {
  const auto trusted = described("10.0.0.1", "https", "packages.example.org");
  EXPECT_EQ(trusted.peer, "1.1.1.1");
  EXPECT_EQ(trusted.origin(), "https://packages.example.org");
  const auto stranger = described("8.8.8.8", "https", "evil.example.org");
  EXPECT_EQ(stranger.peer, "8.8.8.8");
  EXPECT_EQ(stranger.origin(), "http://inner:8080");
}

TEST(TrustedProxies, of_lists_counts_what_the_outermost_trusted_proxy_stated) {
  const auto origin = [](std::string_view addresses, std::string_view schemes, std::string_view hosts,
                         std::string_view prefixes = "") {
    Request request;
    request.headers.add("Host", "inner:8080");
    request.headers.add("X-Forwarded-For", std::string(addresses));
    request.headers.add("X-Forwarded-Proto", std::string(schemes));
    request.headers.add("X-Forwarded-Host", std::string(hosts));
    request.headers.add("X-Forwarded-Prefix", std::string(prefixes));
    proxies({"10.0.0.0/8"}).describe(request, "10.0.0.1", false);
    return request.peer + " " + request.origin();
  };
  EXPECT_EQ(origin("1.1.1.1, 10.0.0.2", "https,http", "packages.example.org, inner"),
            "1.1.1.1 https://packages.example.org");
  EXPECT_EQ(
      origin("9.9.9.9, 1.1.1.1, 10.0.0.2", "http, https, http", "evil.example, packages.example.org, inner"),
      "1.1.1.1 https://packages.example.org")
      << "the first of three is the client's own";
  EXPECT_EQ(origin("1.1.1.1", "http, https", "evil.example, packages.example.org"),
            "1.1.1.1 https://packages.example.org");
  EXPECT_EQ(origin("1.1.1.1, 10.0.0.2", "https", "packages.example.org"),
            "1.1.1.1 https://packages.example.org")
      << "the inner proxy passes on what it got";
  EXPECT_EQ(origin("1.1.1.1, 10.0.0.2", "https", "p.example", "/lab, /python/"),
            "1.1.1.1 https://p.example/lab/python");
  EXPECT_EQ(origin("1.1.1.1, 10.0.0.2", "https", "p.example", "/lab, python"), "1.1.1.1 https://p.example");
  EXPECT_EQ(origin("1.1.1.1", "https", "p.example", "/forged, /python"), "1.1.1.1 https://p.example/python");
}

TEST(TrustedProxies, a_malformed_scheme_or_host_is_ignored) {
  EXPECT_EQ(described("10.0.0.1", "gopher", "a b").origin(), "http://inner:8080");
  EXPECT_EQ(described("10.0.0.1", "", "x\"><script>").origin(), "http://inner:8080");
}

TEST(TrustedProxies, a_trusted_proxy_that_states_no_scheme_speaks_the_assumed_one) {
  const auto secure = [](const std::string& peer, const std::optional<std::string>& scheme) {
    auto trusted = proxies({"10.0.0.0/8"});
    trusted.assume_encrypted(true);
    Request request;
    if (scheme) request.headers.add("X-Forwarded-Proto", *scheme);
    trusted.describe(request, peer, false);
    return request.secure;
  };
  EXPECT_TRUE(secure("10.0.0.1", std::nullopt));
  EXPECT_TRUE(secure("10.0.0.1", "https"));
  EXPECT_FALSE(secure("10.0.0.1", "http"));
  EXPECT_FALSE(secure("8.8.8.8", std::nullopt));
  EXPECT_FALSE(secure("8.8.8.8", "https"));
}

TEST(TrustedProxies, a_path_prefix_counts_from_a_trusted_proxy_only) {
  const auto origin = [](const std::string& peer, std::string_view prefix) {
    Request request;
    request.headers.add("Host", "inner:8080");
    request.headers.add("X-Forwarded-Prefix", std::string(prefix));
    proxies({"10.0.0.0/8"}).describe(request, peer, false);
    return request.origin();
  };
  EXPECT_EQ(origin("10.0.0.1", "/python"), "http://inner:8080/python");
  EXPECT_EQ(origin("10.0.0.1", "/lab/python/"), "http://inner:8080/lab/python");
  EXPECT_EQ(origin("8.8.8.8", "/python"), "http://inner:8080");
  for (const std::string_view none :
       {"", "/", "python", "//evil.example", "/a/../b", "/a?b", "/a\"><b", "/a%2f"})
    EXPECT_EQ(origin("10.0.0.1", none), "http://inner:8080") << none;
}

}  // namespace
}  // namespace packhouse::http
