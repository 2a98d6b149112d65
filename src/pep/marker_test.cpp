#include "pep/marker.hpp"

#include <gtest/gtest.h>

namespace packhouse {
namespace {

Marker marker(std::string_view text) {
  auto read = Marker::parse(text);
  EXPECT_TRUE(read.ok()) << text;
  return *std::move(read);
}

MarkerEnvironment linux_environment() {
  return {{"python_version", "3.12"},
          {"python_full_version", "3.12.1"},
          {"os_name", "posix"},
          {"sys_platform", "linux"},
          {"platform_release", "6.1.0-13-amd64"},
          {"platform_system", "Linux"},
          {"platform_version", "#1 SMP"},
          {"platform_machine", "x86_64"},
          {"platform_python_implementation", "CPython"},
          {"implementation_name", "cpython"},
          {"implementation_version", "3.12.1"}};
}

TEST(Marker, is_evaluated) {
  const std::pair<const char*, bool> rows[] = {
      {"os_name == 'posix'", true},
      {"'posix' == os_name", true},
      {"os_name != 'posix'", false},
      {"python_version >= '3.8'", true},
      {"python_version < '3.9'", false},  // a version, not a text
      {"'3.9' < python_version", true},
      {"python_version in '3.11 3.12'", true},
      {"python_version not in '3.12'", false},
      {"python_version == '3.*'", true},
      {"python_version ~= '3.8'", true},
      {"python_full_version === '3.12.1'", true},
      {"platform_release >= '5'", false},  // no version: texts are only equal or not
      {"platform_version >= '#1 SMP'", true},
      {"os_name > 'a'", false},
      {"'linux' in sys_platform", true},
      {"os_name == 'x' and os_name == 'x' or os_name == 'posix'", true},
      {"os_name == 'posix' or os_name == 'x' and os_name == 'x'", true},
      {"(os_name == 'posix' or os_name == 'x') and os_name == 'x'", false},
      {"extra == ''", true},
      {"os_name == sys_platform", false},
  };
  for (const auto& [text, value] : rows) {
    const auto result = marker(text).evaluate(linux_environment());
    ASSERT_TRUE(result.ok()) << text << ": " << result.error().message;
    EXPECT_EQ(*result, value) << text;
  }
}

TEST(Marker, compares_extras_in_their_normal_form) {
  auto environment = linux_environment();
  environment["extra"] = "Test.Extra";
  environment["extras"] = std::set<std::string>{"Foo_Bar"};
  environment["dependency_groups"] = std::set<std::string>{"dev"};
  EXPECT_TRUE(*marker("extra == 'test_extra'").evaluate(environment));
  EXPECT_TRUE(*marker("'foo.bar' in extras").evaluate(environment));
  EXPECT_TRUE(*marker("'x' not in dependency_groups").evaluate(environment));
  EXPECT_FALSE(*marker("'dev' == dependency_groups").evaluate(environment));
}

TEST(Marker, takes_the_version_of_an_untagged_build) {
  auto environment = linux_environment();
  environment["python_full_version"] = "3.13.0+";
  EXPECT_TRUE(*marker("python_full_version >= '3.13'").evaluate(environment));
}

TEST(Marker, cannot_be_evaluated_where_a_value_is_missing_or_of_the_wrong_kind) {
  auto environment = linux_environment();
  environment["extras"] = std::set<std::string>{};
  const std::pair<const char*, const char*> rows[] = {
      {"'x' in dependency_groups",
       "expected the environment to hold the marker variable \"dependency_groups\", found none"},
      // The known part does not decide: a marker's meaning must not depend on what the machine is.
      {"os_name == 'posix' or 'x' in dependency_groups",
       "expected the environment to hold the marker variable \"dependency_groups\", found none"},
      {"'a' == 'b'", "expected the environment to hold the marker variable \"b\", found none"},
      {"extras == 'x'",
       "cannot evaluate \"extras == \\\"x\\\"\": a set can only stand right of 'in' or 'not in'"},
      {"os_name ~= 'posix'",
       "cannot evaluate \"os_name ~= \\\"posix\\\"\": ~= compares versions, and these are none"},
      {"'x' ~= extras", "cannot evaluate \"\\\"x\\\" ~= extras\": ~= compares versions, and these are none"},
  };
  for (const auto& [text, message] : rows) {
    const auto result = marker(text).evaluate(environment);
    ASSERT_FALSE(result.ok()) << text;
    EXPECT_EQ(result.error().message, message);
  }
}

TEST(Marker, has_a_normal_form) {
  const std::pair<const char*, const char*> rows[] = {
      {"os.name=='nt'", "os_name == \"nt\""},
      {"python_implementation  ==\t\"x\"", "platform_python_implementation == \"x\""},
      {"os_name not   in 'a \"b\"'", "os_name not in 'a \"b\"'"},
      {"((os_name=='a'))", "os_name == \"a\""},
      {"(os_name=='a') and (os_name=='b' or os_name=='c')",
       "os_name == \"a\" and (os_name == \"b\" or os_name == \"c\")"},
      {"(os_name=='a' and os_name=='b')", "os_name == \"a\" and os_name == \"b\""},
      {"extra=='A_b'", "extra == \"a-b\""},
      {"'A_b'  in extras", "\"a-b\" in extras"},
      {"os_name=='\\x41'", "os_name == \"A\""},
      {"os_name=='\\q'", "os_name == \"\\q\""},
      {"os_name=='\\\\x41'", "os_name == \"\\x5cx41\""},
      {"os_name=='\\n'", "os_name == \"\\x0a\""},
      {"os_name=='\\x22\\x27'", "os_name == \"\\x22'\""},
  };
  for (const auto& [text, normal] : rows) {
    EXPECT_EQ(marker(text).str(), normal);
    EXPECT_EQ(marker(normal).str(), normal);
    EXPECT_EQ(marker(text), marker(normal));
  }
}

TEST(Marker, names_its_variables) {
  EXPECT_EQ(marker("os.name == 'a' or ('x' in extras and python_version > '3')").variables(),
            (std::set<std::string>{"os_name", "extras", "python_version"}));
}

TEST(Marker, refuses_what_is_none_and_says_where) {
  constexpr auto operand = "expected a marker variable or a quoted string";
  const std::tuple<const char*, std::size_t, const char*> rows[] = {
      {"", 0, "expected a marker variable or a quoted string, found the end"},
      {"os_name", 7, "expected one of <=, <, !=, ==, >=, >, ~=, ===, in and not in, found the end"},
      {"os_name == nt", 11, operand},
      {"unknown == 'x'", 0, operand},
      {"OS_NAME == 'x'", 0, operand},
      {"os_name == 'x", 11, "expected a closing quote for this one"},
      {"os_name == 'a\nb'", 11, "expected a quoted string without line breaks, NUL, \\N and broken escapes"},
      {"os_name == 'x' and", 18, "expected a marker variable or a quoted string, found the end"},
      {"os_name == 'x' < 'y'", 15, "expected 'and', 'or' or the end of the marker"},
      {"(os_name == 'x'", 0, "expected ')' for this '(', after the marker"},
      {"os_name == 'x')", 14, "expected 'and', 'or' or the end of the marker"},
      {"os_name notin 'x'", 8, "expected one of <=, <, !=, ==, >=, >, ~=, ===, in and not in"},
      {"os_name not'x'", 11, "expected a blank after 'not'"},
      {"os_name not == 'x'", 12, "expected 'in' after 'not'"},
      {"\nos_name == 'x'", 0, operand},
  };
  for (const auto& [text, position, message] : rows) {
    const auto read = Marker::read(text);
    ASSERT_FALSE(read.ok()) << text;
    EXPECT_EQ(read.error().position, position) << text;
    EXPECT_EQ(read.error().message, message) << text;
  }
}

TEST(Marker, nests_only_so_deep) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '(') + "os_name == 'x'" + std::string(depth, ')');
  };
  EXPECT_EQ(marker(nested(Marker::max_depth)).str(), "os_name == \"x\"");

  const auto read = Marker::read(nested(500'000));
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().message, "expected at most 200 nested parentheses");
}

}  // namespace
}  // namespace packhouse
