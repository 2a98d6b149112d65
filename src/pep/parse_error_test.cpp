#include "pep/parse_error.hpp"

#include <gtest/gtest.h>

namespace packhouse {
namespace {

TEST(ParseError, puts_the_caret_under_the_fault) {
  const auto error = ParseError::at("foo >= 1.*", 8, "expected .* only with == or !=", 2);

  EXPECT_EQ(error.caret(), "    foo >= 1.*\n            ^~");
  EXPECT_EQ(error.caret(0), "foo >= 1.*\n        ^~");
  EXPECT_EQ(error.line(), "expected .* only with == or != at byte 8 of \"foo >= 1.*\"");
}

TEST(ParseError, becomes_an_error_for_the_caller_who_does_not_point) {
  const Error error = ParseError::at("x", 0, "expected a digit", 1).to_error();

  EXPECT_EQ(error.code, Errc::invalid_input);
  EXPECT_EQ(error.message, "expected a digit at byte 0 of \"x\"");
}

TEST(ParseError, points_behind_the_end) {
  EXPECT_EQ(ParseError::at("1!", 2, "expected a digit").caret(), "    1!\n      ^");
  EXPECT_EQ(ParseError::at("1!", 99, "expected a digit").position, 2U);
}

TEST(ParseError, counts_columns_as_a_terminal_does) {
  // Two bytes, one column; and an escaped control character is four.
  EXPECT_EQ(ParseError::at("fô=", 3, "m", 1).caret(0), "fô=\n  ^");
  EXPECT_EQ(ParseError::at("a\nb", 2, "m", 1).caret(0), "a\\x0ab\n     ^");
  EXPECT_EQ(ParseError::at("\"\\'", 2, "m", 1).caret(0), "\"\\'\n  ^");
}

TEST(ParseError, shows_only_the_surroundings_of_a_fault_in_a_long_text) {
  const std::string text = std::string(1'000'000, 'a') + "!" + std::string(1'000'000, 'b');

  const auto error = ParseError::at(text, 1'000'000, "expected no '!'", 1);

  EXPECT_LE(error.excerpt.size(), 160U);
  EXPECT_EQ(error.excerpt[error.column], '!');
  EXPECT_EQ(error.position, 1'000'000U);
}

TEST(ParseError, cuts_a_long_text_between_characters) {
  std::string text;
  for (int i = 0; i < 1000; ++i)
    text += "é";

  EXPECT_EQ(ParseError::at(text, 1000, "m").caret(0).find("\\x"), std::string::npos);
}

TEST(CheckLength, refuses_what_is_longer_than_any_real_text) {
  EXPECT_FALSE(check_length(std::string(max_parsed_bytes, 'a')));

  const auto error = check_length(std::string(max_parsed_bytes + 1, 'a'));
  ASSERT_TRUE(error);
  EXPECT_EQ(error->message, "expected at most 1048576 bytes, found 1048577");
}

}  // namespace
}  // namespace packhouse
