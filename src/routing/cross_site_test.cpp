#include "routing/cross_site.hpp"

#include <gtest/gtest.h>

namespace packhouse::routing {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

struct Server {
  std::string host = "127.0.0.1:8080";
  bool secure = false;
  std::string forwarded_host = {};
  std::string forwarded_prefix = {};
  std::optional<std::string> public_url = std::nullopt;
};

/// The message of the refusal; "passes" where nothing is refused.
std::string outcome(const Server& server, const Fields& fields) {
  http::Request request;
  request.method = http::Method::post;
  request.secure = server.secure;
  request.forwarded_host = server.forwarded_host;
  request.forwarded_prefix = server.forwarded_prefix;
  if (!server.host.empty()) request.headers.add("Host", server.host);
  for (const auto& [name, value] : fields)
    request.headers.add(name, value);
  const auto refusal = refuse_cross_site(request, BaseUrl{server.public_url});
  if (!refusal) return "passes";
  EXPECT_EQ(refusal->code, Errc::forbidden);
  EXPECT_FALSE(refusal->hint.empty());
  return refusal->message;
}

Fields origin(std::string value) {
  return {{"Origin", std::move(value)}};
}

Fields site(std::string value) {
  return {{"Sec-Fetch-Site", std::move(value)}};
}

TEST(CrossSite, a_program_that_sends_neither_field_passes) {
  EXPECT_EQ(outcome({}, {}), "passes");
  EXPECT_EQ(outcome({.host = {}}, {}), "passes");
  EXPECT_EQ(outcome({}, {{"User-Agent", "twine/7.0"}, {"Referer", "http://other/"}}), "passes");
}

TEST(CrossSite, the_servers_own_pages_pass) {
  EXPECT_EQ(outcome({}, origin("http://127.0.0.1:8080")), "passes");
  EXPECT_EQ(outcome({}, site("same-origin")), "passes");
  EXPECT_EQ(outcome({}, {{"Origin", "http://127.0.0.1:8080"}, {"Sec-Fetch-Site", "same-origin"}}), "passes");
  EXPECT_EQ(outcome({.host = "[::1]:8080"}, origin("http://[::1]:8080")), "passes");
}

TEST(CrossSite, what_a_person_does_outside_of_pages_passes) {
  EXPECT_EQ(outcome({}, site("none")), "passes");
}

TEST(CrossSite, a_default_port_and_the_case_make_no_difference) {
  const Server server{.host = "Packages.Example.org", .secure = true};
  EXPECT_EQ(outcome(server, origin("https://packages.example.org")), "passes");
  EXPECT_EQ(outcome(server, origin("https://packages.example.org:443")), "passes");
  EXPECT_EQ(
      outcome({.host = "packages.example.org:443", .secure = true}, origin("https://PACKAGES.example.org")),
      "passes");
  EXPECT_EQ(outcome({.host = "packages.example.org"}, origin("http://packages.example.org:80")), "passes");
}

TEST(CrossSite, another_origin_is_refused_with_what_was_expected_and_found) {
  EXPECT_EQ(outcome({}, origin("http://other.example")),
            "cross-site request: expected http://127.0.0.1:8080, found Origin \"http://other.example\"");
  EXPECT_EQ(outcome({}, site("cross-site")),
            "cross-site request: expected same-origin or none, found Sec-Fetch-Site \"cross-site\"");
}

TEST(CrossSite, every_origin_but_the_servers_own_is_refused) {
  for (const std::string other :
       {"http://127.0.0.1", "http://127.0.0.1:8081", "https://127.0.0.1:8080", "http://localhost:8080",
        "http://127.0.0.1:8080.evil.example", "http://evil.example/127.0.0.1:8080", "http://127.0.0.1:8080/",
        "http://127.0.0.1:8080@evil.example", "null", "NULL", "", "*", "127.0.0.1:8080",
        "chrome-extension://abcdef", "file://", "http://127.0.0.1:8080, http://127.0.0.1:8080",
        "http://127.0.0.1:8080 http://127.0.0.1:8080"})
    EXPECT_NE(outcome({}, origin(other)), "passes") << other;
}

TEST(CrossSite, two_fields_of_one_name_are_refused) {
  const std::string own = "http://127.0.0.1:8080";
  EXPECT_NE(outcome({}, {{"Origin", own}, {"Origin", own}}), "passes");
  EXPECT_NE(outcome({}, {{"Origin", own}, {"origin", "http://other"}}), "passes");
  EXPECT_NE(outcome({}, {{"Sec-Fetch-Site", "none"}, {"sec-fetch-site", "cross-site"}}), "passes");
  EXPECT_NE(outcome({}, {{"Sec-Fetch-Site", "same-origin"}, {"Sec-Fetch-Site", "none"}}), "passes");
}

TEST(CrossSite, every_other_word_for_the_site_is_refused) {
  for (const std::string word : {"cross-site", "same-site", "Same-Origin", "NONE", "", "same-origin;x", "?1"})
    EXPECT_NE(outcome({}, site(word)), "passes") << word;
}

TEST(CrossSite, one_right_field_does_not_outweigh_a_wrong_one) {
  EXPECT_NE(outcome({}, {{"Origin", "http://other"}, {"Sec-Fetch-Site", "same-origin"}}), "passes");
  EXPECT_NE(outcome({}, {{"Origin", "http://127.0.0.1:8080"}, {"Sec-Fetch-Site", "same-site"}}), "passes");
  EXPECT_NE(outcome({}, {{"Origin", "null"}, {"Sec-Fetch-Site", "none"}}), "passes");
}

TEST(CrossSite, behind_a_trusted_proxy_its_address_is_the_servers_own) {
  const Server server{.host = "10.0.0.5:8080",
                      .secure = true,
                      .forwarded_host = "packages.example.org",
                      .forwarded_prefix = "/python"};
  EXPECT_EQ(outcome(server, origin("https://packages.example.org")), "passes");
  EXPECT_NE(outcome(server, origin("http://packages.example.org")), "passes");
  EXPECT_NE(outcome(server, origin("http://10.0.0.5:8080")), "passes");
}

TEST(CrossSite, a_public_url_outranks_what_the_request_says) {
  const Server server{.host = "evil.example",
                      .forwarded_host = "evil.example",
                      .public_url = "https://packages.example.org/python"};
  EXPECT_EQ(outcome(server, origin("https://packages.example.org")), "passes");
  EXPECT_NE(outcome(server, origin("http://evil.example")), "passes");
  EXPECT_NE(outcome(server, origin("https://packages.example.org:8443")), "passes");
}

TEST(CrossSite, a_host_that_is_no_host_is_equal_to_no_origin) {
  EXPECT_NE(outcome({.host = "user@127.0.0.1:8080"}, origin("http://127.0.0.1:8080")), "passes");
  EXPECT_NE(outcome({.host = "127.0.0.1:8080/x"}, origin("http://evil.example")), "passes");
}

}  // namespace
}  // namespace packhouse::routing
