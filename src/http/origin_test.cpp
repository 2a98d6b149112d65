#include "http/origin.hpp"

#include <gtest/gtest.h>

namespace packhouse::http {
namespace {

std::string read(std::string_view text) {
  const auto origin = Origin::parse(text);
  return origin ? origin->str() : "none";
}

TEST(Origin, is_read_without_case_and_without_the_default_port) {
  EXPECT_EQ(read("https://packages.example.org"), "https://packages.example.org");
  EXPECT_EQ(read("HTTPS://Packages.Example.ORG:443"), "https://packages.example.org");
  EXPECT_EQ(read("http://packages.example.org:80"), "http://packages.example.org");
  EXPECT_EQ(read("http://packages.example.org:443"), "http://packages.example.org:443");
  EXPECT_EQ(read("http://127.0.0.1:8080"), "http://127.0.0.1:8080");
  EXPECT_EQ(read("http://[::1]:8080"), "http://[::1]:8080");
  EXPECT_EQ(read("https://[2001:DB8::1]"), "https://[2001:db8::1]");
}

TEST(Origin, differs_by_scheme_host_and_port) {
  const auto origin = Origin::parse("https://packages.example.org");
  EXPECT_EQ(origin, Origin::parse("https://packages.example.org:443"));
  for (const auto* other :
       {"http://packages.example.org", "https://packages.example.org:8443", "https://packages.example.org.",
        "https://example.org", "https://evil-packages.example.org", "https://packages.example.org.evil.net"})
    EXPECT_NE(origin, Origin::parse(other)) << other;
}

TEST(Origin, is_nothing_but_scheme_host_and_port) {
  for (const auto* text : {"",
                           "null",
                           "packages.example.org",
                           "https://",
                           "ftp://packages.example.org",
                           "https://x/",
                           "https://x/path",
                           "https://user@x",
                           "https://x:",
                           "https://x:0",
                           "https://x:65536",
                           "https://x:1:2",
                           "https://x?y",
                           "https://x y",
                           "https://x, https://y",
                           "https://[",
                           "https://[]",
                           "https://[::1",
                           "https://[x]",
                           "https://::1",
                           "file://",
                           "https://x\\y",
                           "https://\x80"})
    EXPECT_EQ(read(text), "none") << text;
}

TEST(Origin, is_the_part_of_a_url_before_its_path) {
  EXPECT_EQ(Origin::of_url("https://packages.example.org/python/"),
            Origin::parse("https://packages.example.org"));
  EXPECT_EQ(Origin::of_url("http://[::1]:8080"), Origin::parse("http://[::1]:8080"));
  EXPECT_EQ(Origin::of_url("http://user@x/"), std::nullopt);
  EXPECT_EQ(Origin::of_url("/python/"), std::nullopt);
}

}  // namespace
}  // namespace packhouse::http
