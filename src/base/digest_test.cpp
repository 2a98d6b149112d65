#include "base/digest.hpp"

#include <gtest/gtest.h>

#include <map>

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

TEST(NamedHasher, gives_what_hashlib_gives_for_abc) {
  // clang-format off
  const std::map<std::string, std::string> expected{
      {"blake2b", "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d17d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923"},
      {"blake2s", "508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982"},
      {"md5", "900150983cd24fb0d6963f7d28e17f72"},
      {"sha1", "a9993e364706816aba3e25717850c26c9cd0d89d"},
      {"sha224", "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"},
      {"sha256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {"sha384", "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"},
      {"sha3_224", "e642824c3f8cf24ad09234ee7d3c766fc9a3a5168d0c94ad73b46fdf"},
      {"sha3_256", "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"},
      {"sha3_384", "ec01498288516fc926459f58e2c6ad8df9b473cb0fc08c2596da7cf0e49be4b298d88cea927ac7f539f1edf228376d25"},
      {"sha3_512", "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0"},
      {"sha512", "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
  };
  // clang-format on
  for (const auto& [name, hex] : expected) {
    auto hasher = NamedHasher::make(name);
    ASSERT_TRUE(hasher) << name;
    hasher->update("a");
    hasher->update("bc");
    EXPECT_EQ(hasher->finish(), hex) << name;
    EXPECT_EQ(NamedHasher::size_of(name) * 2, hex.size()) << name;
  }
}

TEST(NamedHasher, knows_no_other_names_and_which_are_too_weak) {
  for (const auto* name : {"", "SHA256", "shake_128", "md4"}) {
    EXPECT_FALSE(NamedHasher::make(name)) << name;
    EXPECT_EQ(NamedHasher::size_of(name), 0U) << name;
    EXPECT_FALSE(NamedHasher::is_secure(name)) << name;
  }
  EXPECT_TRUE(NamedHasher::is_secure("sha256"));
  EXPECT_TRUE(NamedHasher::is_secure("blake2b"));
  EXPECT_FALSE(NamedHasher::is_secure("md5"));
  EXPECT_FALSE(NamedHasher::is_secure("sha1"));
}

TEST(RandomBytes, differ_each_time) {
  EXPECT_NE(random_bytes(16), random_bytes(16));
}

}  // namespace
}  // namespace packhouse
