#include "base/control_characters.hpp"

#include <gtest/gtest.h>

#include <string>

namespace packhouse {
namespace {

TEST(ControlCharacters, are_those_that_make_a_text_look_like_another) {
  for (const std::string control : {"\n", "\x1b", "\x7f", "\u0080", "\u009f", "\u2028", "\u2029", "\u202a",
                                    "\u202e", "\u2066", "\u2069"}) {
    EXPECT_EQ(control_length(control), control.size());
    EXPECT_TRUE(holds_control("wrong " + control + "wheel"));
    EXPECT_FALSE(is_plain_line("wrong " + control));
  }
  for (const std::string letter :
       {"a", " ", "~", "\u00a0", "\u2027", "\u202f", "\u2065", "\u206a", "\u00e9"}) {
    EXPECT_EQ(control_length(letter), 0U) << letter;
    EXPECT_TRUE(is_plain_line(letter)) << letter;
  }
  EXPECT_FALSE(holds_control(""));
}

TEST(ControlCharacters, bytes_that_are_no_utf_8_are_no_plain_line) {
  for (const std::string text : {"\xff", "\xc2", "\xe2\x80"}) {
    EXPECT_FALSE(holds_control(text));
    EXPECT_FALSE(is_plain_line(text));
  }
}

}  // namespace
}  // namespace packhouse
