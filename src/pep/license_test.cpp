#include "pep/license.hpp"

#include <gtest/gtest.h>

namespace packhouse {
namespace {

TEST(LicenseExpression, has_a_canonical_form) {
  const std::pair<const char*, const char*> rows[] = {
      {"mit", "MIT"},
      {"MIT  or\tapache-2.0", "MIT OR Apache-2.0"},
      {"mit and (apache-2.0 or bsd-2-clause)", "MIT AND (Apache-2.0 OR BSD-2-Clause)"},
      {"((mit))", "((MIT))"},
      {"gpl-2.0-only with classpath-exception-2.0", "GPL-2.0-only WITH Classpath-exception-2.0"},
      {"lgpl-2.1+", "LGPL-2.1+"},
      {"licenseref-My.Own-1", "LicenseRef-My.Own-1"},
      {"LicenseRef-A or licenseref-a", "LicenseRef-A OR LicenseRef-A"},
      {"GPL-3.0", "GPL-3.0"},  // deprecated, still known
  };
  for (const auto& [text, canonical] : rows) {
    const auto expression = LicenseExpression::parse(text);
    ASSERT_TRUE(expression.ok()) << text << ": " << expression.error().message;
    EXPECT_EQ(expression->str(), canonical);
    EXPECT_EQ(LicenseExpression::parse(canonical)->str(), canonical);
  }
}

TEST(LicenseExpression, refuses_what_is_none_and_says_where) {
  const std::tuple<const char*, std::size_t, const char*> rows[] = {
      {"", 0, "expected a licence identifier or '(', found the end"},
      {"nonsense", 0, "expected an SPDX licence identifier, found \"nonsense\""},
      {"mit mit", 4, "expected AND, OR, WITH, ')' or the end"},
      {"mit or", 6, "expected a licence identifier or '(', found the end"},
      {"or mit", 0, "expected a licence identifier or '('"},
      {"(mit", 4, "expected ')', found the end"},
      {"mit)", 3, "expected a '(' for this ')'"},
      {"()", 1, "expected a licence identifier or '('"},
      {"mit (mit)", 4, "expected AND, OR, WITH or ')'"},
      {"mit with", 8, "expected a licence exception after WITH, found the end"},
      {"mit with mit", 9, "expected an SPDX licence exception, found \"mit\""},
      {"(mit) with llvm-exception", 6, "expected WITH only right after a licence identifier"},
      {"mit with llvm-exception with llvm-exception", 24,
       "expected WITH only right after a licence identifier"},
      {"licenseref-", 0, "expected LicenseRef- and then letters, digits, '.' and '-'"},
      {"licenseref-a_b", 0, "expected LicenseRef- and then letters, digits, '.' and '-'"},
      {"LicenseRef-\u00e9", 0, "expected LicenseRef- and then letters, digits, '.' and '-'"},
      {"licenseref-a+", 0, "expected LicenseRef- and then letters, digits, '.' and '-'"},
      {"mit/x", 0, "expected an SPDX licence identifier, found \"mit/x\""},
  };
  for (const auto& [text, position, message] : rows) {
    const auto read = LicenseExpression::read(text);
    ASSERT_FALSE(read.ok()) << text;
    EXPECT_EQ(read.error().position, position) << text;
    EXPECT_EQ(read.error().message, message) << text;
  }
}

TEST(LicenseExpression, nests_only_so_deep) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '(') + "mit" + std::string(depth, ')');
  };
  EXPECT_TRUE(LicenseExpression::parse(nested(LicenseExpression::max_depth)).ok());
  const auto read = LicenseExpression::read(nested(LicenseExpression::max_depth + 1));
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().message, "expected at most 200 nested parentheses");
}

TEST(SpdxList, tells_its_version) {
  EXPECT_TRUE(spdx_list_version().starts_with("3."));
}

}  // namespace
}  // namespace packhouse
