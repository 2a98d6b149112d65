#include <gtest/gtest.h>

#include "http/url.hpp"

namespace packhouse::http {
namespace {

Url parsed(std::string_view text) {
  auto url = Url::parse(text);
  EXPECT_TRUE(url.ok()) << text;
  return url.ok() ? *std::move(url) : Url{};
}

TEST(Url, is_taken_apart) {
  const auto url = parsed("HTTPS://us%40er:pa%3Ass@Example.COM:8443/a%20b/c?x=1&y");
  EXPECT_EQ(url.scheme, "https");
  EXPECT_EQ(url.user, "us@er");
  EXPECT_EQ(url.password.reveal(), "pa:ss");
  EXPECT_EQ(url.host, "example.com");
  EXPECT_EQ(url.port, 8443);
  EXPECT_EQ(url.path, "/a%20b/c");
  EXPECT_EQ(url.query, "x=1&y");
  EXPECT_TRUE(url.has_credentials());
}

TEST(Url, shows_no_credentials) {
  EXPECT_EQ(parsed("https://user:secret@host/simple/").str(), "https://host/simple/");
}

TEST(Url, has_defaults) {
  EXPECT_EQ(parsed("http://host").port, 80);
  EXPECT_EQ(parsed("https://host").port, 443);
  EXPECT_EQ(parsed("http://host").path, "/");
  EXPECT_EQ(parsed("http://host?a=b").str(), "http://host/?a=b");
  EXPECT_EQ(parsed("http://host:80/").str(), "http://host/");
  EXPECT_EQ(parsed("http://host:443/").str(), "http://host:443/");
  EXPECT_FALSE(parsed("http://host").has_credentials());
}

TEST(Url, takes_ipv6_without_its_brackets) {
  const auto url = parsed("http://[::1]:8080/a");
  EXPECT_EQ(url.host, "::1");
  EXPECT_EQ(url.str(), "http://[::1]:8080/a");
}

TEST(Url, refuses_what_is_no_plain_http_url) {
  for (const std::string_view text : {"",
                                      "/",
                                      "host",
                                      "host/path",
                                      "//host/path",
                                      "ftp://host/",
                                      "file:///etc/passwd",
                                      "http:/host",
                                      "http:host",
                                      "http://",
                                      "http:///host",
                                      "https://host/#fragment",
                                      "https://host/a b",
                                      "https://host/\\a",
                                      "https://ho\tst/",
                                      "https://host:0/",
                                      "https://host:65536/",
                                      "https://host:x/",
                                      "https://h\xc3\xb6st/",
                                      "https://[::1/",
                                      "https://[fe80::1%25eth0]/",
                                      "https://ho%80st/",
                                      "https://ho%2541st/",
                                      "https://ho%2fst/",
                                      "https://ho%40st/",
                                      "https://host/\n"}) {
    const auto url = Url::parse(text);
    ASSERT_FALSE(url.ok()) << text;
    EXPECT_EQ(url.error().code, Errc::invalid_input);
    EXPECT_EQ(url.error().message,
              "expected an absolute http or https URL without a fragment, found " + quote(text));
  }
}

TEST(Url, an_error_shows_no_password) {
  const auto url = Url::parse("https://user:secret@host:x/");
  ASSERT_FALSE(url.ok());
  EXPECT_EQ(url.error().message,
            "expected an absolute http or https URL without a fragment, found one with credentials that is "
            "malformed");
}

TEST(Url, resolves_references) {
  const auto base = parsed("https://host/simple/demo/?q");
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"../../files/a.whl#sha256=00", "https://host/files/a.whl"},
      {"x", "https://host/simple/demo/x"},
      {"./x/../y", "https://host/simple/demo/y"},
      {"/x?a=b", "https://host/x?a=b"},
      {"?p", "https://host/simple/demo/?p"},
      {"", "https://host/simple/demo/?q"},
      {"#top", "https://host/simple/demo/?q"},
      {"//other/x", "https://other/x"},
      {"http://other:81/x", "http://other:81/x"},
      {"../../../../x", "https://host/x"},
  };
  for (const auto& [reference, expected] : cases) {
    const auto url = base.resolve(reference);
    ASSERT_TRUE(url.ok()) << reference;
    EXPECT_EQ(url->str(), expected) << reference;
  }
  EXPECT_FALSE(base.resolve("ftp://other/x").ok());
  EXPECT_FALSE(base.resolve("javascript:alert(1)").ok());
  EXPECT_FALSE(base.resolve("a b").ok());
}

TEST(Url, credentials_stay_with_their_host) {
  const auto base = parsed("https://us%40er:pa%3Ass@host/simple/");
  EXPECT_EQ(base.resolve("demo/")->user, "us@er");
  EXPECT_EQ(base.resolve("demo/")->password.reveal(), "pa:ss");
  EXPECT_FALSE(base.resolve("https://other/demo/")->has_credentials());
  EXPECT_FALSE(base.resolve("//other/demo/")->has_credentials());
}

TEST(Url, compares_origins) {
  EXPECT_TRUE(parsed("https://Host/a").same_origin(parsed("https://host:443/b")));
  EXPECT_FALSE(parsed("https://host/").same_origin(parsed("http://host/")));
  EXPECT_FALSE(parsed("https://host/").same_origin(parsed("https://host:444/")));
  EXPECT_FALSE(parsed("https://host/").same_origin(parsed("https://host.other/")));
}

TEST(Url, knows_this_machine) {
  for (const std::string_view text :
       {"http://localhost/", "http://LOCALHOST:1/", "http://127.0.0.1/", "http://127.8.9.10/",
        "http://[::1]/", "http://0x7f000001/", "http://127.1/"}) {
    EXPECT_TRUE(parsed(text).is_loopback()) << text;
  }
  for (const std::string_view text : {"http://localhost.example/", "http://127.0.0.1.example/",
                                      "http://127.example/", "http://10.0.0.1/", "http://[::2]/"}) {
    EXPECT_FALSE(parsed(text).is_loopback()) << text;
  }
}

}  // namespace
}  // namespace packhouse::http
