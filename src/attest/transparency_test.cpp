#include "attest/transparency.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>

#include "base/text.hpp"

namespace packhouse::attest {
namespace {

std::string bytes_of(std::string_view hex) {
  const auto bytes = from_hex(hex);
  return {bytes->begin(), bytes->end()};
}

// The eight leaves that the test suites of certificate-transparency implementations share, with their known
// roots.
const std::array<std::string, 8>& leaves() {
  static const std::array<std::string, 8> all = {"",
                                                 bytes_of("00"),
                                                 bytes_of("10"),
                                                 bytes_of("2021"),
                                                 bytes_of("3031"),
                                                 bytes_of("40414243"),
                                                 bytes_of("5051525354555657"),
                                                 bytes_of("606162636465666768696a6b6c6d6e6f")};
  return all;
}

InclusionProof proof_of(std::int64_t index, std::int64_t size, std::string_view root,
                        std::initializer_list<std::string_view> hashes) {
  InclusionProof proof{
      .log_index = index, .tree_size = size, .root_hash = bytes_of(root), .hashes = {}, .checkpoint = {}};
  for (const auto hash : hashes)
    proof.hashes.push_back(bytes_of(hash));
  return proof;
}

constexpr std::string_view root_of_eight = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328";
constexpr std::string_view root_of_three = "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77";
constexpr std::string_view root_of_one = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d";

TEST(Inclusion, holds_for_the_known_trees) {
  EXPECT_TRUE(is_included(merkle_leaf_hash(leaves()[0]), proof_of(0, 1, root_of_one, {})));
  EXPECT_TRUE(is_included(merkle_leaf_hash(leaves()[0]),
                          proof_of(0, 8, root_of_eight,
                                   {"96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                                    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                                    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"})));
  EXPECT_TRUE(is_included(merkle_leaf_hash(leaves()[5]),
                          proof_of(5, 8, root_of_eight,
                                   {"bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                                    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                                    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"})));
  EXPECT_TRUE(is_included(
      merkle_leaf_hash(leaves()[2]),
      proof_of(2, 3, root_of_three, {"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"})));
}

TEST(Inclusion, fails_for_another_leaf_index_size_or_path) {
  const auto leaf = merkle_leaf_hash(leaves()[2]);
  const auto good =
      proof_of(2, 3, root_of_three, {"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"});
  ASSERT_TRUE(is_included(leaf, good));
  EXPECT_FALSE(is_included(merkle_leaf_hash(leaves()[1]), good));
  // A leaf is hashed apart from an inner node, so the one can not pass for the other.
  EXPECT_FALSE(is_included(Sha256::of(leaves()[2]), good));

  auto bad = good;
  bad.log_index = 1;
  EXPECT_FALSE(is_included(leaf, bad));
  bad.log_index = 3;
  EXPECT_FALSE(is_included(leaf, bad));
  bad = good;
  bad.tree_size = 8;
  EXPECT_FALSE(is_included(leaf, bad));
  bad = good;
  bad.hashes.push_back(bad.hashes.front());
  EXPECT_FALSE(is_included(leaf, bad));
  bad.hashes.clear();
  EXPECT_FALSE(is_included(leaf, bad));
  bad = good;
  bad.tree_size = 0;
  EXPECT_FALSE(is_included(leaf, bad));
}

TEST(Envelope, is_signed_with_its_type_and_lengths_in_front) {
  // The example of the DSSE specification.
  EXPECT_EQ(pre_authentication_encoding("http://example.com/HelloWorld", "hello world"),
            "DSSEv1 29 http://example.com/HelloWorld 11 hello world");
}

}  // namespace
}  // namespace packhouse::attest
