#include "dist/scan.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace packhouse::dist {
namespace {

// Put together here, so that no scanner takes this file for one that leaks.
const std::string github = std::string{"gh"} + "p_" + "0123456789abcdefghijABCDEFGHIJ012345";
const std::string aws = std::string{"AK"} + "IAIOSFODNN7ABCDEFG";

TEST(Scan, finds_tokens_with_their_line) {
  const auto hits = scan_text("first\nsecond = '" + github + "'\n" + aws + "\n");
  ASSERT_EQ(hits.size(), 2U);
  EXPECT_EQ(hits[0].what, "a GitHub token");
  EXPECT_EQ(hits[0].line, 2U);
  EXPECT_EQ(hits[1].what, "an AWS key");
  EXPECT_EQ(hits[1].line, 3U);
}

TEST(Scan, finds_a_token_at_every_offset) {
  for (std::size_t offset = 0; offset < 40; ++offset) {
    const auto text = std::string(offset, ' ') + github;
    EXPECT_EQ(scan_text(text).size(), 1U) << offset;
  }
}

TEST(Scan, finds_private_keys_with_a_body_only) {
  const std::string head = std::string{"-----BEGIN"} + " RSA PRIVATE KEY-----\n";
  EXPECT_EQ(scan_text(head + std::string(80, 'A')).size(), 1U);
  EXPECT_TRUE(scan_text("if text.startswith('" + head + "'): raise").empty());
  EXPECT_TRUE(scan_text("-----BEGIN CERTIFICATE-----\n" + std::string(80, 'A')).empty());
}

TEST(Scan, ignores_prefixes_within_words_short_tails_and_placeholders) {
  EXPECT_TRUE(scan_text("x" + github).empty());
  EXPECT_TRUE(scan_text(github.substr(0, 20)).empty());
  EXPECT_TRUE(scan_text(std::string{"AK"} + "IAXXXXXXXXXXXXXXXX").empty());
  EXPECT_TRUE(scan_text(std::string{"AK"} + "IAIOSFODNN7EXAMPLE").empty());
  EXPECT_TRUE(scan_text("").empty());
  EXPECT_TRUE(scan_text("abc").empty());
}

TEST(Scan, finds_code_that_was_made_unreadable) {
  const auto hits = scan_text("from pyarmor_runtime_000000 import __pyarmor__\n");
  ASSERT_EQ(hits.size(), 1U);
  EXPECT_EQ(hits[0].kind, ScanHit::Kind::obfuscated);
}

TEST(Scan, bounds_the_hits) {
  std::string text;
  for (int i = 0; i < 100; ++i)
    text += github + "\n";
  EXPECT_EQ(scan_text(text).size(), 16U);
}

TEST(Scan, tells_native_code_by_its_first_bytes) {
  EXPECT_EQ(magic_of(std::string{"\x7f"
                                 "ELF\x02\x01"}),
            Magic::elf);
  EXPECT_EQ(magic_of("MZ" + std::string(58, '\0') + std::string{"\x40\0\0\0PE\0\0", 8}), Magic::pe);
  EXPECT_EQ(magic_of("MZ" + std::string(62, ' ')), Magic::other);
  EXPECT_EQ(magic_of("MZ is a word"), Magic::other);
  EXPECT_EQ(magic_of("\xcf\xfa\xed\xfe"), Magic::mach_o);
  EXPECT_EQ(magic_of(std::string{"\xa7\x0d\r\n", 4} + std::string(12, '\0')), Magic::python_bytecode);
  EXPECT_EQ(magic_of(""), Magic::other);
}

}  // namespace
}  // namespace packhouse::dist
