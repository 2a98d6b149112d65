#include "pep/content_type.hpp"

#include <gtest/gtest.h>

namespace packhouse {
namespace {

TEST(ContentType, is_one_of_three_with_its_parameters) {
  // rule 17
  for (const char* value :
       {"text/plain", "text/x-rst", "text/markdown", "TEXT/Markdown", " text/plain ; charset=UTF-8",
        "text/markdown; charset=utf-8; variant=GFM", "text/markdown;variant=CommonMark", "text/plain;",
        "text/plain; ", "text/x-rst; charset=\"UTF-8\"",
        "text/markdown; VARIANT=\"G\\FM\" (comment (nested) \\))", "text/plain; other=x",
        "text/plain; variant=any", "text/plain; charset = UTF-8 ; x=\"a b;c\""}) {
    EXPECT_EQ(content_type_problem(value), std::nullopt) << value;
  }
}

TEST(ContentType, is_refused_otherwise) {
  const auto type = [](const std::string& value) {
    return "expected text/plain, text/x-rst or text/markdown, found \"" + value + "\"";
  };
  for (const std::string value :
       {"", "text/html", "text", "text/plain charset=UTF-8", "text / plain", "(c) text/plain"}) {
    EXPECT_EQ(content_type_problem(value), type(value));
  }
  EXPECT_EQ(content_type_problem("text/plain; charset=ascii"), "expected the charset UTF-8, found \"ascii\"");
  EXPECT_EQ(content_type_problem("text/markdown; variant=gfm"),
            "expected the Markdown variant GFM or CommonMark, found \"gfm\"");
  for (const std::string value :
       {"text/plain;;", "text/plain; charset", "text/plain; charset=", "text/plain; =UTF-8",
        "text/plain; a=b c=d", "text/plain; a=b; a=b", "text/plain; a=\\b", "text/plain; a=(b",
        "text/plain; a*=utf-8''b", "text/plain; a=b'c"}) {
    const auto problem = content_type_problem(value);
    ASSERT_TRUE(problem) << value;
    EXPECT_TRUE(problem->starts_with("expected parameters such as \"; charset=UTF-8; variant=GFM\", found "))
        << value;
  }
  EXPECT_TRUE(content_type_problem("text/plain; a=\"b"));
  EXPECT_TRUE(content_type_problem(std::string_view("text/plain; a=\"\0\"", 17)));
}

}  // namespace
}  // namespace packhouse
