#include "pep/unicode.hpp"

#include <gtest/gtest.h>

namespace packhouse::unicode {
namespace {

TEST(Unicode, decodes_and_encodes_each_length) {
  for (const std::string text : {"a", "é", "€", "𝄞"}) {
    const auto point = decode(text, 0);
    EXPECT_EQ(point.length, text.size());
    std::string back;
    append(back, point.value);
    EXPECT_EQ(back, text);
  }
  EXPECT_EQ(decode("", 0).length, 0U);
  EXPECT_EQ(decode("\xff", 0).value, 0xfffdU);
  EXPECT_EQ(decode("\xff", 0).length, 1U);
  EXPECT_EQ(decode("\xed\xa0\x80", 0).length, 1U);  // a surrogate
}

TEST(Unicode, strips_what_python_strips) {
  EXPECT_EQ(trim("\t\x1c\u00a0\u3000 x y\u2029\x85\u0085\v"), "x y\u2029\x85");
  EXPECT_EQ(trim(" \u2003 "), "");
  EXPECT_EQ(trim("\u200bx"), "\u200bx");  // a zero-width space is no white space
  EXPECT_EQ(trim_left(" x "), "x ");
  EXPECT_EQ(trim_right(" x\u00a0"), " x");
  EXPECT_EQ(trim_right("\xa0"), "\xa0");  // not UTF-8
}

TEST(Unicode, lowers_what_python_lowers) {
  EXPECT_EQ(lower("ABC ÀÉ Ω"), "abc àé ω");
  EXPECT_EQ(lower("\u0130"), "i\u0307");
  EXPECT_EQ(lower("K"), "k");
  EXPECT_EQ(lower("\xff\xc3"), "\xff\xc3");
}

TEST(Unicode, knows_words_and_identifiers) {
  for (const char32_t word : {U'a', U'_', U'0', U'é', U'½', U'中', U'٣'})
    EXPECT_TRUE(is_word(word));
  for (const char32_t other : {U'-', U'.', U' ', U'€', U'\u0301'})
    EXPECT_FALSE(is_word(other));

  for (const char* text : {"a", "_", "a1", "fôo", "中", "e\u0301", "\u2118", "a\u00b7"})
    EXPECT_TRUE(is_identifier(text));
  for (const char* text : {"", "1", "a-b", "a b", "\u0301", "a½", "\u037a", "a\xff", "€"}) {
    EXPECT_FALSE(is_identifier(text)) << text;
  }
  EXPECT_TRUE(is_keyword("class"));
  EXPECT_TRUE(is_keyword("None"));
  EXPECT_FALSE(is_keyword("match"));
}

}  // namespace
}  // namespace packhouse::unicode
