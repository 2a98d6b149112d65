#include "base/text.hpp"

#include <gtest/gtest.h>

#include <array>

namespace packhouse {
namespace {

TEST(Utf8, refuses_overlong_surrogates_and_beyond_the_last_plane) {
  EXPECT_TRUE(is_utf8("grün ☃ 🎁"));
  EXPECT_FALSE(is_utf8("\xc0\xaf"));
  EXPECT_FALSE(is_utf8("\xed\xa0\x80"));
  EXPECT_FALSE(is_utf8("\xf4\x90\x80\x80"));
  EXPECT_FALSE(is_utf8("\xe2\x98"));
}

TEST(Base64, round_trips_and_refuses_other_spellings) {
  for (const std::string& text :
       {std::string(), std::string("f"), std::string("fo"), std::string("foo"), std::string("\0\xff", 2)}) {
    EXPECT_EQ(from_base64(to_base64(text)), text);
  }
  EXPECT_EQ(to_base64("fo"), "Zm8=");
  EXPECT_EQ(to_base64url("\xfb\xff"), "-_8");
  EXPECT_FALSE(from_base64("Zm8"));
  EXPECT_FALSE(from_base64("Zm9="));  // bits under the padding
  EXPECT_FALSE(from_base64("Zm8=Zm8="));
  EXPECT_FALSE(from_base64("Z m8="));
}

TEST(Percent, encodes_all_but_unreserved_and_decodes_strictly) {
  EXPECT_EQ(percent_encode("a b/ü~"), "a%20b%2F%C3%BC~");
  EXPECT_EQ(percent_decode("a%20b+c"), "a b+c");
  EXPECT_EQ(percent_decode("a+b", true), "a b");
  EXPECT_FALSE(percent_decode("%4"));
  EXPECT_FALSE(percent_decode("%zz"));
}

TEST(Decimal, takes_digits_alone) {
  EXPECT_EQ(parse_decimal("18446744073709551615"), 18446744073709551615ULL);
  EXPECT_FALSE(parse_decimal("18446744073709551616"));
  EXPECT_FALSE(parse_decimal("+1"));
  EXPECT_FALSE(parse_decimal(" 1"));
  EXPECT_FALSE(parse_decimal(""));
}

TEST(Hex, refuses_odd_counts_and_other_bytes) {
  EXPECT_TRUE(from_hex("00fF"));
  EXPECT_FALSE(from_hex("0"));
  EXPECT_FALSE(from_hex("0x"));
  std::array<std::uint8_t, 2> bytes{};
  EXPECT_TRUE(from_hex("00fF", bytes));
  EXPECT_EQ(bytes[1], 0xFF);
  EXPECT_FALSE(from_hex("00f", bytes));
  EXPECT_FALSE(from_hex("00ff00", bytes));
  EXPECT_FALSE(from_hex("00fx", bytes));
}

TEST(HumanSize, moves_to_the_next_unit_before_it_would_print_1000) {
  EXPECT_EQ(human_size(999), "999 bytes");
  EXPECT_EQ(human_size(1000), "1.0 kB");
  EXPECT_EQ(human_size(999'999), "1.0 MB");
  EXPECT_EQ(human_size(20'500'000), "20.5 MB");
}

TEST(HtmlEscape, covers_text_and_quoted_attributes) {
  EXPECT_EQ(html_escape("<a href=\"x\">&'"), "&lt;a href=&quot;x&quot;&gt;&amp;&#39;");
}

}  // namespace
}  // namespace packhouse
