#include "pep/specifier.hpp"

#include <gtest/gtest.h>

#include <array>

namespace packhouse {
namespace {

SpecifierSet set(std::string_view text) {
  auto read = SpecifierSet::parse(text);
  EXPECT_TRUE(read.ok()) << text;
  return *std::move(read);
}

TEST(Specifier, needs_a_version_after_arbitrary_equality) {
  for (const auto* text : {"===", "=== ", "===;", "===)"})
    EXPECT_FALSE(Specifier::parse(text).ok()) << text;
}

TEST(Specifier, matches_as_the_specification_says) {
  struct Row {
    const char* rule;
    const char* specifier;
    std::vector<std::string_view> matching;
    std::vector<std::string_view> other;
  };
  const Row rows[] = {
      {"> of a final", ">1.7", {"1.7.1", "1.8a1"}, {"1.7", "1.7.post1", "1.7+x", "1.7.0.post1", "1.7rc1"}},
      {"> of a post-release",
       ">1.7.post1",
       {"1.7.post2", "1.7.post2.dev0"},
       {"1.7.post1", "1.7.post1+x", "1.7"}},
      {"> of a development release", ">1.7.dev1", {"1.7.dev2", "1.7"}, {"1.7.dev1", "1.7.dev1+x"}},
      {"> of a pre-release", ">1.7a1", {"1.7a2", "1.7"}, {"1.7a1", "1.7a1.post1", "1.7a1+x"}},
      {"< leaves out the release's pre-releases",
       "<1.7",
       {"1.6", "1.6.post1"},
       {"1.7", "1.7rc1", "1.7.dev0"}},
      {"< of a post-release", "<1.7.post2", {"1.7", "1.7.post1"}, {"1.7.post2", "1.7.post2.dev1"}},
      {"< of a pre-release", "<1.7rc1", {"1.7a1", "1.7rc1.dev1"}, {"1.7rc1", "1.7"}},
      {"<= takes local versions", "<=1.7", {"1.7", "1.7+x", "1.7rc1"}, {"1.7.post1", "1.7.1"}},
      {">= takes local versions", ">=1.7", {"1.7", "1.7+x", "1.7.post1"}, {"1.7rc1"}},
      {"== ignores a local version that it does not name", "==1.7", {"1.7", "1.7.0", "1.7+x"}, {"1.7.post1"}},
      {"== with a local version", "==1.7+x", {"1.7+x", "1.7.0+X"}, {"1.7", "1.7+x.1", "1.7+y"}},
      {"!=", "!=1.7", {"1.7.1"}, {"1.7", "1.7+x"}},
      {"== prefix", "==1.7.*", {"1.7", "1.7.5", "1.7a1", "1.7.post1", "1.7+x"}, {"1.8", "1.6", "1.70"}},
      {"!= prefix", "!=1.7.*", {"1.8", "1.8.dev0"}, {"1.7", "1.7.5", "1.7a1"}},
      {"prefix keeps its zeros", "==1.0.*", {"1", "1.0.1"}, {"1.1"}},
      {"prefix with an epoch", "==1!1.*", {"1!1.5"}, {"1.5"}},
      {"~=", "~=2.2", {"2.2", "2.9", "2.2.post3"}, {"3.0", "2.1", "3.0.dev0"}},
      {"~= of three numbers", "~=2.2.0", {"2.2.5"}, {"2.3"}},
      {"~= of a pre-release", "~=2.2rc1", {"2.2rc1", "2.5"}, {"2.2a1", "3.0"}},
      {"huge numbers",
       "~=9.99999999999999999999.0",
       {"9.99999999999999999999.7"},
       {"9.100000000000000000000.0"}},
  };
  for (const auto& row : rows) {
    const auto specifier = *Specifier::parse(row.specifier);
    for (const auto text : row.matching) {
      EXPECT_TRUE(specifier.contains(text)) << row.rule << ": " << text;
    }
    for (const auto text : row.other)
      EXPECT_FALSE(specifier.contains(text)) << row.rule << ": " << text;
  }
}

TEST(Specifier, arbitrary_equality_compares_text_in_any_case) {
  const auto specifier = *Specifier::parse("=== 1.0+Foo");
  EXPECT_TRUE(specifier.contains("1.0+fOO"));
  EXPECT_FALSE(specifier.contains("1.0.0+foo"));
  EXPECT_TRUE(specifier.contains(*Version::parse("1.0+FOO")));
  EXPECT_TRUE(Specifier::parse("===dog")->contains("DOG"));
  EXPECT_FALSE(Specifier::parse("==1.0")->contains("dog"));
}

TEST(Specifier, refuses_what_is_none_and_says_where) {
  constexpr auto operator_only = "expected one of ==, !=, <=, >=, <, >, ~= and ===";
  constexpr auto version_too =
      "expected one of ==, !=, <=, >=, <, >, ~= and ===, then a version (with ~= one of at least two "
      "numbers)";
  constexpr auto end =
      "expected the end of the version specifier (a local version or .* goes only with == and !=, and .* "
      "only "
      "after release numbers)";
  const std::tuple<const char*, std::size_t, const char*> rows[] = {
      {"1.0", 0, operator_only}, {"", 0, operator_only}, {"~=1", 0, version_too}, {"=1", 0, version_too},
      {">=x", 0, version_too},   {">=1+x", 3, end},      {">1.*", 2, end},        {"==1.0.post1.*", 11, end},
      {"==1.0+x.*", 7, end},     {"==1.0a1.*", 7, end},  {"===1 0", 4, end},      {"~=1.0po\u017ft1", 5, end},
  };
  for (const auto& [text, position, message] : rows) {
    const auto read = Specifier::read(text);
    ASSERT_FALSE(read.ok()) << text;
    EXPECT_EQ(read.error().position, position) << text;
    EXPECT_EQ(read.error().message, message) << text;
  }
}

TEST(SpecifierSet, is_sorted_and_holds_each_meaning_once) {
  EXPECT_EQ(set(" >= 1.0 , != 1.5,,==2.*, ").str(), "!=1.5,==2.*,>=1.0");
  EXPECT_EQ(set("==1.0.0,==1.0").str(), "==1.0");
  EXPECT_EQ(set("~=1.0.0,~=1.0").str(), "~=1.0,~=1.0.0");
  EXPECT_EQ(set("").str(), "");
  EXPECT_TRUE(set(" , ").empty());
  EXPECT_EQ(set(">=1,<2"), set("<2,>=1.0"));
  EXPECT_EQ(set("!=1.5, >=1.0").specifiers().size(), 2U);
}

TEST(SpecifierSet, points_at_the_clause_at_fault) {
  const auto read = SpecifierSet::read(">=1.0, <1.*, x");
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().caret(0), ">=1.0, <1.*, x\n         ^");
}

TEST(SpecifierSet, lets_a_pre_release_in_only_where_it_was_asked_for_or_nothing_else_matches) {
  const std::array<std::string_view, 4> candidates = {"1.0", "1.1a1", "1.1", "2.0.dev1"};
  using Indices = std::vector<std::size_t>;
  EXPECT_EQ(set("").filter(candidates), (Indices{0, 2}));
  EXPECT_EQ(set(">=1.0").filter(candidates), (Indices{0, 2}));
  EXPECT_EQ(set(">=1.0").filter(candidates, true), (Indices{0, 1, 2, 3}));
  EXPECT_EQ(set(">=1.1a1").filter(candidates), (Indices{1, 2, 3}));
  EXPECT_EQ(set(">1.1").filter(candidates), (Indices{3}));
  EXPECT_EQ(set(">1.1").filter(candidates, false), Indices{});
  EXPECT_EQ(set("!=1.1a1").filter(candidates), (Indices{0, 2}));

  EXPECT_TRUE(set(">=1.0").contains("1.1a1"));
  EXPECT_FALSE(set(">=1.0").contains("1.1a1", false));
  EXPECT_TRUE(set(">=1.0").contains(*Version::parse("1.1a1"), true));
}

TEST(SpecifierSet, takes_text_that_is_no_version_only_where_anything_goes) {
  const std::array<std::string_view, 3> candidates = {"dog", "1.0a1", "1.0"};
  using Indices = std::vector<std::size_t>;
  EXPECT_EQ(set("").filter(candidates), (Indices{0, 2}));
  EXPECT_EQ(set("===DOG").filter(candidates), (Indices{0}));
  EXPECT_EQ(set(">=0").filter(candidates), (Indices{2}));
  EXPECT_TRUE(set("").contains("dog", false));
  EXPECT_FALSE(set("===dog,>=0").contains("dog"));
}

TEST(SpecifierSet, filters_versions_as_it_filters_texts) {
  const std::vector<Version> candidates = {*Version::parse("1.0"), *Version::parse("1.1a1"),
                                           *Version::parse("2+x")};
  EXPECT_EQ(set(">=1.0").filter(candidates), (std::vector<std::size_t>{0, 2}));
  EXPECT_EQ(set("===2+X").filter(candidates), (std::vector<std::size_t>{2}));
}

TEST(SpecifierSet, refuses_a_text_of_many_megabytes) {
  const auto read = SpecifierSet::read(std::string(max_parsed_bytes + 1, ','));
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().message, "expected at most 1048576 bytes, found 1048577");
}

}  // namespace
}  // namespace packhouse
