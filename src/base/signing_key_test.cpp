#include "base/signing_key.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"

namespace packhouse {
namespace {

// RFC 8032, section 7.1, test 2: its seed in the frame that PKCS#8 puts around it.
std::string rfc_key() {
  const auto der = *from_hex(
      "302e020100300506032b657004220420"
      "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
  return "-----BEGIN PRIVATE KEY-----\n" + to_base64(std::string(der.begin(), der.end())) +
         "\n-----END PRIVATE KEY-----\n";
}

TEST(SigningKey, signs_as_the_rfc_has_it) {
  const auto key = SigningKey::parse(Secret{rfc_key()});
  ASSERT_TRUE(key.ok()) << key.error().message;
  const auto signature = key->sign("\x72");
  const auto expected = *from_hex(
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
      "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
  EXPECT_EQ(signature, std::string(expected.begin(), expected.end()));
  EXPECT_TRUE(verify_signature(key->public_pem(), "\x72", signature).ok());
}

TEST(SigningKey, comes_back_from_its_pem) {
  const auto key = SigningKey::generate();
  EXPECT_TRUE(key.pem().reveal().starts_with("-----BEGIN PRIVATE KEY-----\n"));
  EXPECT_TRUE(key.public_pem().starts_with("-----BEGIN PUBLIC KEY-----\n"));
  const auto again = SigningKey::parse(key.pem());
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->public_pem(), key.public_pem());
  EXPECT_EQ(again->sign("x"), key.sign("x"));
  EXPECT_NE(SigningKey::generate().public_pem(), key.public_pem());
}

TEST(SigningKey, refuses_a_signature_of_other_bytes_or_of_another_key) {
  const auto key = SigningKey::generate();
  const auto signature = key.sign("the head");
  EXPECT_TRUE(verify_signature(key.public_pem(), "the head", signature).ok());
  for (const auto& refused : {verify_signature(key.public_pem(), "the heat", signature),
                              verify_signature(key.public_pem(), "the head", signature.substr(1)),
                              verify_signature(key.public_pem(), "the head", ""),
                              verify_signature(SigningKey::generate().public_pem(), "the head", signature)}) {
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().message, "the signature is not one of this key over these bytes");
  }
}

TEST(SigningKey, refuses_what_is_no_key_of_its_kind) {
  EXPECT_EQ(SigningKey::parse(Secret{"no key"}).error().message,
            "expected a private key of Ed25519 in PEM, found something else");
  EXPECT_EQ(verify_signature("no key", "x", "y").error().message,
            "expected a public key of Ed25519 in PEM, found something else");
  EXPECT_FALSE(SigningKey::parse(Secret{SigningKey::generate().public_pem()}).ok());
}

}  // namespace
}  // namespace packhouse
