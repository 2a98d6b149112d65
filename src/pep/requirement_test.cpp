#include "pep/requirement.hpp"

#include <gtest/gtest.h>

namespace packhouse {
namespace {

TEST(Requirement, has_a_url_that_ends_at_any_white_space) {
  for (const auto* text :
       {"x @ https://e.org/a\u00a0b", "x @ https://e.org/\u3000", "x @ https://e.org/a\nb"})
    EXPECT_FALSE(Requirement::parse(text).ok()) << text;
  EXPECT_EQ(Requirement::parse("x @ https://e.org/\u00e9")->url(), "https://e.org/\u00e9");
}

TEST(Requirement, has_a_comma_after_the_text_of_an_arbitrary_equality) {
  EXPECT_EQ(Requirement::parse("x===1.0,>=2")->str(), "x===1.0,>=2");
  EXPECT_EQ(Requirement::parse("x (===1.0, ~=1.0)")->specifier().specifiers().size(), 2U);
}

TEST(Requirement, has_a_normal_form_whatever_its_spelling) {
  EXPECT_EQ(Requirement::parse("Foo.Bar [B_c, a] >= 1 ; os_name=='x'")->normalized(),
            "foo-bar[a,b-c]>=1; os_name == \"x\"");
}

TEST(Requirement, is_read_and_printed) {
  const std::pair<const char*, const char*> rows[] = {
      {"x", "x"},
      {" Foo_Bar ", "Foo_Bar"},
      {"x[b , a,b]>=1,<2", "x[a,b]<2,>=1"},
      {"x (>= 1.0)", "x>=1.0"},
      {"x()", "x"},
      {"x[]", "x"},
      {"x>=1,", "x>=1"},
      {"x>=\n1", "x>=1"},  // inside a clause any white space goes
      {"x @ https://e/x.whl", "x @ https://e/x.whl"},
      {"x@https://e/x.whl ;os_name=='a'", "x @ https://e/x.whl ; os_name == \"a\""},
      {"x @ https://e/x;os_name=='a'", "x @ https://e/x;os_name=='a'"},  // the URL takes it all
      {"x>=1;python_version<'3'and extra=='A_b'", "x>=1; python_version < \"3\" and extra == \"a-b\""},
      {"x===1.0;os_name=='a'", "x===1.0; os_name == \"a\""},
      {"x_", "x_"},
      {"1", "1"},
  };
  for (const auto& [text, printed] : rows) {
    const auto requirement = Requirement::parse(text);
    ASSERT_TRUE(requirement.ok()) << text << ": " << requirement.error().message;
    EXPECT_EQ(requirement->str(), printed);
    EXPECT_EQ(Requirement::parse(printed)->str(), printed);
  }
}

TEST(Requirement, tells_its_parts) {
  const auto requirement = *Requirement::parse("Foo.Bar[b,a] ~= 1.1 ; os_name == 'x'");
  EXPECT_EQ(requirement.name(), "Foo.Bar");
  EXPECT_EQ(requirement.normalized_name(), "foo-bar");
  EXPECT_EQ(requirement.extras(), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(requirement.specifier().str(), "~=1.1");
  EXPECT_EQ(requirement.url(), std::nullopt);
  EXPECT_EQ(requirement.marker()->str(), "os_name == \"x\"");
}

TEST(Requirement, is_equal_to_one_that_asks_for_the_same) {
  EXPECT_EQ(*Requirement::parse("Foo_Bar[A.b] >=1,<2"), *Requirement::parse("foo-bar[a_B]<2.0,>=1"));
  EXPECT_FALSE(*Requirement::parse("foo") == *Requirement::parse("foo>=1"));
  EXPECT_FALSE(*Requirement::parse("foo") == *Requirement::parse("foo;os_name=='x'"));
}

TEST(Requirement, refuses_what_is_none_and_says_where) {
  const std::tuple<const char*, std::size_t, const char*> rows[] = {
      {"", 0, "expected a package name at the start, found the end"},
      {"-x", 0, "expected a package name at the start"},
      {"x-", 1, "expected a version specifier, '[', '@', ';' or the end"},
      {"bad name", 4, "expected a version specifier, '[', '@', ';' or the end"},
      {"x\n", 1, "expected a version specifier, '[', '@', ';' or the end"},
      {"x[a b]", 4, "expected ',' between names of extras"},
      {"x[a,]", 4, "expected the name of an extra after ','"},
      {"x[a", 1, "expected ']' for this '[', after the names of extras"},
      {"x(>=1", 1, "expected ')' for this '(', after the version specifier"},
      {"x>=1 <2", 5, "expected ',', ';' or the end after a version specifier"},
      {"x>=1.*", 4, "expected .* only with == or !="},
      {"x==1a1.*", 6, "expected no .* after a pre-, post-, development or local version"},
      {"x>=1+local", 4, "expected a local version only with == or !="},
      {"x @", 3, "expected a URL after '@', found the end"},
      {"x @ y z", 6, "expected ';' or the end after the URL"},
      {"x;", 2, "expected a marker variable or a quoted string, found the end"},
      {"x; os_name", 10, "expected one of <=, <, !=, ==, >=, >, ~=, ===, in and not in, found the end"},
      {"x===a,b", 1, "expected one of ==, !=, <=, >=, <, >, ~= and ==="},
  };
  for (const auto& [text, position, message] : rows) {
    const auto read = Requirement::read(text);
    ASSERT_FALSE(read.ok()) << text;
    EXPECT_EQ(read.error().position, position) << text;
    EXPECT_EQ(read.error().message, message) << text;
  }
}

TEST(Requirement, is_refused_when_it_is_many_megabytes_long) {
  const auto read = Requirement::parse("x" + std::string(max_parsed_bytes, ' '));
  ASSERT_FALSE(read.ok());
  EXPECT_TRUE(read.error().message.starts_with("expected at most 1048576 bytes, found 1048577"));
}

}  // namespace
}  // namespace packhouse
