#include "oidc/registered_claims.hpp"

#include <gtest/gtest.h>

#include "oidc/testing/signer.hpp"

namespace packhouse::oidc {
namespace {

constexpr std::int64_t second = 1'763'000'000;
constexpr Timestamp now{std::chrono::seconds{second}};
constexpr Expected expected{.issuer = "https://token.actions.githubusercontent.com",
                            .audience = "packages.example.org"};

std::string verdict(const json::Object& claims, Timestamp when = now) {
  const auto checked = check_registered(claims, expected, when);
  if (checked.ok()) return "taken";
  EXPECT_EQ(checked.error().code, Errc::refused);
  return checked.error().message;
}

json::Object with(std::string_view name, const json::Value& value) {
  auto claims = github_claims(second);
  claims[name] = value;
  return claims;
}

json::Object without(std::string_view name) {
  auto claims = github_claims(second);
  claims.erase(name);
  return claims;
}

TEST(RegisteredClaims, of_a_token_for_this_server_are_taken) {
  const auto checked = check_registered(github_claims(second), expected, now);
  ASSERT_TRUE(checked.ok()) << checked.error().message;
  EXPECT_EQ(checked->token_id, "f3a1c0de-0001");
  EXPECT_EQ(checked->acceptable_until, now + std::chrono::seconds{300} + clock_window);
}

TEST(RegisteredClaims, of_another_issuer_are_refused) {
  EXPECT_NE(verdict(with("iss", "https://token.actions.githubusercontent.com.evil.example")), "taken");
  EXPECT_NE(verdict(with("iss", "https://token.actions.githubusercontent.com/")), "taken");
  EXPECT_NE(verdict(without("iss")), "taken");
}

TEST(RegisteredClaims, for_another_audience_are_refused) {
  EXPECT_EQ(verdict(with("aud", "pypi")), R"(expected "packages.example.org" at aud, found "pypi")");
  EXPECT_NE(verdict(without("aud")), "taken");
  EXPECT_NE(verdict(with("aud", json::Array{"packages.example.org"})), "taken")
      << "a token for several servers could be sent on by any of them";
}

TEST(RegisteredClaims, of_a_token_that_has_expired_are_refused) {
  const auto end = now + std::chrono::seconds{300} + clock_window;
  EXPECT_EQ(verdict(github_claims(second), end - std::chrono::microseconds{1}), "taken");
  EXPECT_EQ(verdict(github_claims(second), end), "the token expired at 2025-11-13T02:18:20.000000Z");
  EXPECT_NE(verdict(without("exp")), "taken");
  EXPECT_NE(verdict(with("exp", "1763000300")), "taken") << "a time is a number";
  EXPECT_NE(verdict(with("exp", -1)), "taken");
  EXPECT_NE(verdict(with("exp", 1e300)), "taken");
}

TEST(RegisteredClaims, of_a_token_that_is_not_valid_yet_are_refused) {
  EXPECT_EQ(verdict(with("nbf", second + 30)), "taken") << "within the window of the clocks";
  EXPECT_NE(verdict(with("nbf", second + 31)), "taken");
  EXPECT_NE(verdict(with("nbf", "soon")), "taken");
  EXPECT_EQ(verdict(without("nbf")), "taken");
  EXPECT_NE(verdict(with("iat", second + 31)), "taken");
  EXPECT_NE(verdict(without("iat")), "taken");
}

TEST(RegisteredClaims, of_a_token_that_lives_too_long_are_refused) {
  EXPECT_EQ(verdict(with("exp", second + 86'400)), "taken");
  EXPECT_NE(verdict(with("exp", second + 86'401)), "taken") << "its id would be kept as long";
}

TEST(RegisteredClaims, without_an_id_are_refused) {
  EXPECT_NE(verdict(without("jti")), "taken");
  EXPECT_NE(verdict(with("jti", "")), "taken");
  EXPECT_NE(verdict(with("jti", 7)), "taken");
  EXPECT_NE(verdict(with("jti", json::Value(std::string(256, 'x')))), "taken");
}

}  // namespace
}  // namespace packhouse::oidc
