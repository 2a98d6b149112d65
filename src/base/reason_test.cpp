#include "base/reason.hpp"

#include <gtest/gtest.h>

namespace packhouse {
namespace {

TEST(Reason, is_one_line_of_text) {
  EXPECT_EQ(*parse_reason("  wrong wheel \n", ""), "wrong wheel");
  for (const std::string text : {"", "  ", "a\nb", "a\x7F", "\xFF", "a\u202eb", "a\u2028b", "a\u0085b"}) {
    const auto parsed = parse_reason(text, "say why");
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(parsed.error().message,
              "reason: expected 1 to 1000 bytes of text in one line, found " + quote(text));
    EXPECT_EQ(parsed.error().hint, "say why");
  }
  EXPECT_TRUE(parse_reason(std::string(1000, 'x'), "").ok());
  EXPECT_FALSE(parse_reason(std::string(1001, 'x'), "").ok());
}

TEST(Reason, may_be_absent_where_none_is_required) {
  EXPECT_EQ(*parse_optional_reason(" \n"), "");
  EXPECT_EQ(*parse_optional_reason(" it leaked "), "it leaked");
  EXPECT_FALSE(parse_optional_reason("it\u202e leaked").ok());
}

}  // namespace
}  // namespace packhouse
