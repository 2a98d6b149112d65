#include "pep/project_name.hpp"

#include <gtest/gtest.h>

#include <set>

namespace packhouse {
namespace {

TEST(ProjectName, is_normalised) {
  // PEP 503: re.sub(r"[-_.]+", "-", name).lower()
  const std::pair<const char*, const char*> rows[] = {
      {"Django", "django"}, {"oslo.concurrency", "oslo-concurrency"},
      {"a-._-b", "a-b"},    {"0", "0"},
      {"A__B..C", "a-b-c"}, {"x", "x"},
  };
  for (const auto& [text, normal] : rows) {
    const auto name = ProjectName::parse(text);
    ASSERT_TRUE(name.ok()) << text;
    EXPECT_EQ(name->str(), normal);
    // What is normal stays so.
    EXPECT_EQ(ProjectName::parse(name->str())->str(), normal);
  }
}

TEST(ProjectName, refuses_what_is_no_name) {
  const std::pair<const char*, const char*> rows[] = {
      {"", "expected a name, found nothing at byte 0 of \"\""},
      {"-a", "expected a name to start with a letter or digit at byte 0 of \"-a\""},
      {"a.", "expected a name to end with a letter or digit at byte 1 of \"a.\""},
      {"_", "expected a name to start with a letter or digit at byte 0 of \"_\""},
      {"a b", "expected only ASCII letters, digits, '.', '-' and '_' in a name at byte 1 of \"a b\""},
      {"fôo", "expected only ASCII letters, digits, '.', '-' and '_' in a name at byte 1 of \"fôo\""},
      {"a\n", "expected only ASCII letters, digits, '.', '-' and '_' in a name at byte 1 of \"a\\x0a\""},
  };
  for (const auto& [text, message] : rows) {
    const auto name = ProjectName::parse(text);
    ASSERT_FALSE(name.ok()) << text;
    EXPECT_EQ(name.error().message, message);
  }
}

TEST(ProjectName, begins_a_filename_with_underscores) {
  EXPECT_EQ(ProjectName::parse("zope.interface")->filename_form(), "zope_interface");
}

TEST(ProjectName, is_ordered_by_its_normal_form) {
  const std::set<ProjectName> names = {*ProjectName::parse("B"), *ProjectName::parse("a"),
                                       *ProjectName::parse("b")};

  EXPECT_EQ(names.size(), 2U);
  EXPECT_EQ(names.begin()->str(), "a");
}

TEST(NormalizeName, takes_any_text) {
  EXPECT_EQ(normalize_name("_Not_Legal"), "-not-legal");
  EXPECT_EQ(normalize_name("FÔO"), "fôo");
  EXPECT_EQ(normalize_name(""), "");
}

}  // namespace
}  // namespace packhouse
