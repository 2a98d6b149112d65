#include "pep/python_string.hpp"

#include <gtest/gtest.h>

namespace packhouse {
namespace {

TEST(PythonString, reads_every_escape) {
  EXPECT_EQ(python_string(R"(a\\\'\"\a\b\f\n\r\t\v)"), "a\\'\"\a\b\f\n\r\t\v");
  EXPECT_EQ(python_string(R"(\x41\u00e9\U0001d11e\101\1z\18)"), "Aé𝄞A\1z\0018");
  EXPECT_EQ(python_string("\\777"), "\u01ff");
  EXPECT_EQ(python_string(R"(\q\8\ )"), R"(\q\8\ )");
  EXPECT_EQ(python_string("a\\\nb\\\r\nc\\\rd"), "abcd");
  EXPECT_EQ(python_string(""), "");
}

TEST(PythonString, refuses_what_is_no_string) {
  for (const std::string_view body :
       {std::string_view("\\"), std::string_view("a\nb"), std::string_view("\r"), std::string_view("a\0b", 3),
        std::string_view("\\\0", 2), std::string_view("\\x4"), std::string_view("\\u12"),
        std::string_view("\\ud800"), std::string_view("\\U00110000"), std::string_view("\\N{BULLET}"),
        std::string_view("\\x-1")}) {
    EXPECT_EQ(python_string(body), std::nullopt) << body;
  }
}

TEST(PythonLiteral, can_be_read_back) {
  for (const std::string_view value :
       {std::string_view("plain"), std::string_view("it's"), std::string_view("\""), std::string_view("\"'"),
        std::string_view("\\"), std::string_view("\\q"), std::string_view("\\x41"),
        std::string_view("a\nb\rc\0d", 7), std::string_view("é")}) {
    const std::string literal = python_literal(value);
    const auto body = std::string_view(literal).substr(1, literal.size() - 2);
    EXPECT_FALSE(body.contains(literal.front())) << literal;
    EXPECT_EQ(python_string(body), value) << literal;
  }
  EXPECT_EQ(python_literal("\\q"), "\"\\q\"");  // as packaging writes it
}

}  // namespace
}  // namespace packhouse
