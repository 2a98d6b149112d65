#include "base/digest.hpp"

#include <gtest/gtest.h>

namespace packhouse {
namespace {

TEST(Hasher, computes_the_published_values_of_abc_in_one_pass) {
  Hasher hasher{{.blake2b_256 = true, .md5 = true}};
  hasher.update("a");
  hasher.update("bc");
  const HashValues values = hasher.finish();

  EXPECT_EQ(values.sha256.hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(values.md5, "900150983cd24fb0d6963f7d28e17f72");
  // Python: hashlib.blake2b(b"abc", digest_size=32); no truncation of the 64-byte form.
  EXPECT_EQ(values.blake2b_256, "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
}

TEST(Hasher, leaves_out_what_was_not_asked_for) {
  const HashValues values = Hasher{}.finish();
  EXPECT_TRUE(values.md5.empty());
  EXPECT_TRUE(values.blake2b_256.empty());
}

TEST(Sha256, takes_64_digits_of_either_case_and_prints_lower_case) {
  const auto upper = Sha256::parse("BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD");
  ASSERT_TRUE(upper.ok());
  EXPECT_EQ(*upper, Sha256::of("abc"));
}

TEST(Sha256, refuses_any_other_length_or_byte) {
  EXPECT_FALSE(Sha256::parse("").ok());
  EXPECT_FALSE(Sha256::parse(std::string(63, 'a')).ok());
  EXPECT_FALSE(Sha256::parse(std::string(66, 'a')).ok());
  EXPECT_FALSE(Sha256::parse(std::string(64, 'g')).ok());
}

TEST(RandomBytes, differ_each_time) {
  EXPECT_NE(random_bytes(16), random_bytes(16));
}

}  // namespace
}  // namespace packhouse
