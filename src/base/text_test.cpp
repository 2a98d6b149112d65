#include "base/text.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "base/error.hpp"

namespace packhouse {
namespace {

using namespace std::string_literals;

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
  EXPECT_EQ(to_base64url("\xff"), "_w");
  const std::vector<std::string> padding{
      "Zm8", "Zg", "Zg=", "Z", "Z===", "====", "=", "Zg===", "Zm8=Zm8=", "Zg==Zg=="};
  const std::vector<std::string> bits_under_the_padding{"Zm9=", "Zh=="};
  const std::vector<std::string> other_bytes{"Z m8=",   " Zm8=",  "Zm8=\n",  "Zm\r\n9v",
                                             "Zm8=\0"s, "Zm\0v"s, "Zm9\xc3", "-_8="};
  for (const auto& texts : {padding, bits_under_the_padding, other_bytes}) {
    for (const auto& text : texts)
      EXPECT_FALSE(from_base64(text)) << quote(text);
  }
}

TEST(Base64, takes_no_byte_outside_of_its_alphabet) {
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    const bool digit = is_ascii_alnum(c) || c == '+' || c == '/';
    for (std::size_t place = 0; place < 4; ++place) {
      std::string text = "AAAA";
      text[place] = c;
      EXPECT_EQ(from_base64(text).has_value(), digit || (c == '=' && place == 3)) << byte << " at " << place;
    }
  }
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
  for (const auto* text : {"0 0f", "00:ff", " 00f", "00f ", "0x0f", "-00f", "g0", "/0", ":0", "@0", "`0"})
    EXPECT_FALSE(from_hex(text)) << text;
  EXPECT_FALSE(from_hex(std::string_view{"00\0f", 4}));
  EXPECT_EQ(from_hex("")->size(), 0U);
  EXPECT_EQ(to_hex(std::vector<std::uint8_t>{}), "");
  EXPECT_EQ(to_hex(std::vector<std::uint8_t>{0x00, 0x1f, 0xff}), "001fff");
  std::array<std::uint8_t, 2> bytes{};
  EXPECT_TRUE(from_hex("00fF", bytes));
  EXPECT_EQ(bytes[1], 0xFF);
  EXPECT_FALSE(from_hex("00f", bytes));
  EXPECT_FALSE(from_hex("00ff00", bytes));
  EXPECT_FALSE(from_hex("00fx", bytes));
}

TEST(Hex, takes_no_byte_outside_of_its_alphabet) {
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    for (const std::string& text : {std::string{'0', c}, std::string{c, '0'}})
      EXPECT_EQ(from_hex(text).has_value(), hex_digit(c) >= 0) << byte;
  }
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
