#include "oidc/key_set.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "base/text.hpp"
#include "oidc/testing/signer.hpp"

namespace packhouse::oidc {
namespace {

const json::Object claims{{"iss", "https://issuer.example.org"}};

std::string verdict(const std::string& keys, const std::string& token) {
  const auto set = KeySet::parse(keys);
  if (!set.ok()) return set.error().message;
  const auto parsed = parse_identity_token(token);
  if (!parsed.ok()) return parsed.error().message;
  const auto good = set->verify(*parsed);
  return good.ok() ? "verified" : good.error().message;
}

TEST(KeySet, verifies_what_its_keys_signed) {
  const Signer rsa{"RS256"};
  const Signer ec{"ES256", "key-2"};
  const auto both = key_set_of({rsa.jwk(), ec.jwk()});
  EXPECT_EQ(verdict(both, rsa.sign(claims)), "verified");
  EXPECT_EQ(verdict(both, ec.sign(claims)), "verified");
}

TEST(KeySet, refuses_the_signature_of_another_key) {
  const Signer issuer{"RS256"};
  const Signer other{"RS256"};
  EXPECT_EQ(verdict(issuer.key_set(), other.sign(claims)), "the signature is not of the issuer's key");
  const Signer ec{"ES256"};
  const Signer other_ec{"ES256"};
  EXPECT_EQ(verdict(ec.key_set(), other_ec.sign(claims)), "the signature is not of the issuer's key");
}

TEST(KeySet, refuses_changed_claims) {
  const Signer issuer{"RS256"};
  const auto token = issuer.sign(claims);
  const auto parts = split(token, '.');
  const auto forged =
      std::string(parts[0]) + "." + to_base64url(R"({"iss":"another"})") + "." + std::string(parts[2]);
  EXPECT_EQ(verdict(issuer.key_set(), forged), "the signature is not of the issuer's key");
}

TEST(KeySet, refuses_a_key_it_does_not_have) {
  const Signer issuer{"RS256"};
  EXPECT_EQ(verdict(issuer.key_set(), issuer.sign(claims, {{"kid", "key-9"}})),
            "the issuer has no key \"key-9\"");
}

TEST(KeySet, believes_none_of_two_keys_with_one_id) {
  const Signer one{"RS256"};
  const Signer two{"RS256"};
  const auto both = key_set_of({one.jwk(), two.jwk()});
  EXPECT_EQ(verdict(both, one.sign(claims)), "the issuer has two keys \"key-1\"");
  EXPECT_EQ(verdict(both, two.sign(claims)), "the issuer has two keys \"key-1\"");
}

TEST(KeySet, lets_no_token_choose_its_algorithm) {
  const Signer issuer{"RS256"};
  for (const auto* algorithm : {"none", "None", "HS256", "RS384", "PS256", "ES256", ""}) {
    const auto token = unsigned_token({{"alg", algorithm}, {"kid", "key-1"}}, claims);
    EXPECT_TRUE(
        verdict(issuer.key_set(), token).starts_with("expected the algorithm RS256 of the issuer's key"))
        << algorithm;
  }
}

TEST(KeySet, takes_no_public_key_for_a_shared_secret) {
  const Signer issuer{"RS256"};
  // HMAC with the public key as its secret: what a verifier that believes `alg` would take.
  const auto token = unsigned_token({{"alg", "HS256"}, {"kid", "key-1"}}, claims, std::string(32, 'x'));
  EXPECT_NE(verdict(issuer.key_set(), token), "verified");
}

TEST(KeySet, refuses_signatures_that_are_none) {
  const Signer ec{"ES256"};
  const Signer rsa{"RS256"};
  const json::Object of_ec{{"alg", "ES256"}, {"kid", "key-1"}};
  const json::Object of_rsa{{"alg", "RS256"}, {"kid", "key-1"}};
  for (const std::size_t size : {0UL, 1UL, 63UL, 64UL, 65UL, 256UL}) {
    EXPECT_NE(verdict(ec.key_set(), unsigned_token(of_ec, claims, std::string(size, '\0'))), "verified");
    EXPECT_NE(verdict(rsa.key_set(), unsigned_token(of_rsa, claims, std::string(size, '\0'))), "verified");
  }
}

TEST(KeySet, leaves_out_keys_of_no_use) {
  const Signer good{"RS256"};
  const Signer small{"RS256", "small", 1024};
  auto encryption = Signer{"RS256", "encryption"}.jwk();
  encryption["use"] = "enc";
  auto other_algorithm = Signer{"RS256", "pss"}.jwk();
  other_algorithm["alg"] = "PS256";
  auto off_curve = Signer{"ES256", "off-curve"}.jwk();
  off_curve["x"] = to_base64url(std::string(32, '\1'));
  auto other_curve = Signer{"ES256", "p384"}.jwk();
  other_curve["crv"] = "P-384";
  auto even = Signer{"RS256", "even"}.jwk();
  even["e"] = to_base64url("\x02");
  json::Object shared{{"kty", "oct"}, {"kid", "shared"}, {"k", to_base64url("secret")}};
  const auto set = KeySet::parse(key_set_of(
      {small.jwk(), encryption, other_algorithm, off_curve, other_curve, even, shared, {}, good.jwk()}));
  ASSERT_TRUE(set.ok()) << set.error().message;
  EXPECT_TRUE(set->has("key-1"));
  for (const auto* name : {"small", "encryption", "pss", "off-curve", "p384", "even", "shared"})
    EXPECT_FALSE(set->has(name)) << name;
}

TEST(KeySet, is_a_bounded_JSON_object) {
  EXPECT_FALSE(KeySet::parse("").ok());
  EXPECT_FALSE(KeySet::parse("[]").ok());
  EXPECT_FALSE(KeySet::parse(R"({"keys":{}})").ok());
  EXPECT_FALSE(KeySet::parse(key_set_of(std::vector<json::Object>(KeySet::max_keys + 1))).ok());
}

}  // namespace
}  // namespace packhouse::oidc
