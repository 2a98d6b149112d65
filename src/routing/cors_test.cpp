#include "routing/cors.hpp"

#include <gtest/gtest.h>

namespace packhouse::routing {
namespace {

CorsPolicy policy(std::vector<std::string> origins) {
  return CorsPolicy::parse(origins).value();
}

http::Request from(const std::vector<std::string>& origins) {
  http::Request request;
  for (const auto& origin : origins)
    request.headers.add("Origin", origin);
  return request;
}

constexpr std::string_view exposed = "Access-Control-Expose-Headers: ETag, X-PyPI-Last-Serial\r\n";

TEST(CorsPolicy, without_origins_adds_nothing) {
  EXPECT_EQ(CorsPolicy{}.fields(from({"https://notebook.example"})), "");
  EXPECT_EQ(CorsPolicy{}.preflight_fields(from({"https://notebook.example"})), "");
}

TEST(CorsPolicy, allows_the_origins_of_the_list_and_varies_by_origin_for_all) {
  const auto some = policy({"https://notebook.example", "HTTPS://Other.Example:443"});
  EXPECT_EQ(
      some.fields(from({"https://notebook.example"})),
      "Access-Control-Allow-Origin: https://notebook.example\r\nVary: Origin\r\n" + std::string(exposed));
  EXPECT_TRUE(some.fields(from({"https://other.example"}))
                  .starts_with("Access-Control-Allow-Origin: https://other.example\r\n"));
  for (const auto& others : {std::vector<std::string>{},
                             {"https://evil.example"},
                             {"null"},
                             {"http://notebook.example"},
                             {"https://notebook.example.evil.example"},
                             {"https://notebook.example:8443"},
                             {"*"},
                             {""},
                             {"https://notebook.example", "https://notebook.example"}}) {
    EXPECT_EQ(some.fields(from(others)), "Vary: Origin\r\n");
    EXPECT_EQ(some.preflight_fields(from(others)), "Vary: Origin\r\n");
  }
}

TEST(CorsPolicy, a_star_allows_all_and_varies_by_nothing) {
  for (const auto& open : {policy({"*"}), policy({"https://notebook.example", "*"})}) {
    for (const auto& origins : {std::vector<std::string>{}, {"https://evil.example"}, {"null"}})
      EXPECT_EQ(open.fields(from(origins)), "Access-Control-Allow-Origin: *\r\n" + std::string(exposed));
  }
}

TEST(CorsPolicy, a_preflight_answer_allows_reading_only) {
  const std::string fields{policy({"*"}).preflight_fields(from({"https://notebook.example"}))};
  EXPECT_EQ(fields,
            "Access-Control-Allow-Origin: *\r\n"
            "Access-Control-Allow-Methods: GET, HEAD\r\n"
            "Access-Control-Allow-Headers: Authorization, If-None-Match, If-Range, Range\r\n"
            "Access-Control-Max-Age: 86400\r\n");
}

TEST(CorsPolicy, takes_origins_alone) {
  for (const std::string text : {"", "null", "notebook.example", "https://notebook.example/",
                                 "https://*.example", "https://a.example\r\nX: y", "ftp://a.example"}) {
    const std::vector<std::string> list{text};
    const auto refused = CorsPolicy::parse(list);
    ASSERT_FALSE(refused.ok()) << text;
    EXPECT_EQ(refused.error().message, "expected an origin in cors-origins, found " + quote(text));
  }
}

}  // namespace
}  // namespace packhouse::routing
