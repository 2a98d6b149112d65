#include "oidc/identity_token.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"
#include "oidc/testing/signer.hpp"

namespace packhouse::oidc {
namespace {

const json::Object header{{"alg", "RS256"}, {"kid", "key-1"}};

std::string refusal(const std::string& text) {
  const auto token = parse_identity_token(text);
  if (token.ok()) return "taken";
  EXPECT_EQ(token.error().code, Errc::invalid_input);
  return token.error().message;
}

TEST(IdentityToken, is_taken_apart) {
  const auto text = unsigned_token(header, {{"iss", "https://issuer.example.org"}}, "signature");
  const auto token = parse_identity_token(text);
  ASSERT_TRUE(token.ok()) << token.error().message;
  EXPECT_EQ(token->algorithm, "RS256");
  EXPECT_EQ(token->key_id, "key-1");
  EXPECT_EQ(json::get_string(token->claims, "iss"), "https://issuer.example.org");
  EXPECT_EQ(token->signature, "signature");
  EXPECT_EQ(token->signed_text + "." + to_base64url("signature"), text);
}

TEST(IdentityToken, of_another_form_is_refused) {
  const auto part = to_base64url("{}");
  EXPECT_NE(refusal(""), "taken");
  EXPECT_NE(refusal("a.b"), "taken");
  EXPECT_NE(refusal(part + "." + part + "." + part + "." + part), "taken");
  EXPECT_NE(refusal(unsigned_token(header, {}, "x") + "="), "taken");
  EXPECT_NE(refusal(to_base64url("[]") + "." + part + "." + part), "taken");
  EXPECT_NE(refusal(to_base64url(R"({"alg":"RS256","kid":"1","kid":"2"})") + "." + part + "." + part),
            "taken")
      << "of two equal keys two readers take different ones";
  EXPECT_NE(refusal(unsigned_token({{"alg", "RS256"}}, {}, "x")), "taken") << "no kid";
  EXPECT_NE(refusal(unsigned_token({{"kid", "1"}}, {}, "x")), "taken") << "no alg";
  EXPECT_NE(refusal(std::string(max_identity_token + 1, 'a')), "taken");
}

TEST(IdentityToken, whose_header_wants_to_be_understood_is_refused) {
  auto critical = header;
  critical["crit"] = json::Array{"b64"};
  EXPECT_NE(refusal(unsigned_token(critical, {}, "x")), "taken");
}

TEST(Base64url, has_one_text_for_each_value) {
  EXPECT_EQ(from_base64url("-_8").value(), "\xfb\xff");
  EXPECT_FALSE(from_base64url("+/8").ok());
  EXPECT_FALSE(from_base64url("-_8=").ok());
  EXPECT_FALSE(from_base64url("-_9").ok()) << "bits under the padding";
  EXPECT_FALSE(from_base64url("a").ok());
  EXPECT_FALSE(from_base64url("a b").ok());
}

}  // namespace
}  // namespace packhouse::oidc
