#include "forge/name_pattern.hpp"

#include <gtest/gtest.h>

namespace packhouse::forge {
namespace {

NamePattern pattern(std::string_view text) {
  return NamePattern::parse(text).value();
}

TEST(NamePattern, a_plain_text_is_one_name) {
  EXPECT_TRUE(pattern("dist").is_exact());
  EXPECT_TRUE(pattern("dist").matches("dist"));
  for (const auto* other : {"dist2", "Dist", "dis", "", "dist "})
    EXPECT_FALSE(pattern("dist").matches(other)) << other;
  // What has a meaning in other patterns has none in this one.
  EXPECT_TRUE(pattern("wheels (linux, [x86_64])").matches("wheels (linux, [x86_64])"));
  EXPECT_FALSE(pattern("d?st").matches("dist"));
}

TEST(NamePattern, a_star_stands_for_some_text) {
  const auto match = pattern("wheels (*)").match("wheels (ubuntu-24.04, x86_64)", 0);
  ASSERT_TRUE(match);
  EXPECT_EQ(match->star, "ubuntu-24.04, x86_64");
  EXPECT_EQ(match->slot, "wheels (ubuntu-24.04, x86_64)");
  for (const auto* other : {"wheels ()", "wheels (", "wheels", "xwheels (a)", "wheels (a) "})
    EXPECT_FALSE(pattern("wheels (*)").matches(other)) << other;
  EXPECT_TRUE(pattern("*").matches("x"));
  EXPECT_FALSE(pattern("ab*ba").matches("aba"));
}

TEST(NamePattern, an_attempt_is_one_that_the_run_has_had) {
  EXPECT_TRUE(pattern("dist-{attempt}").names_the_attempt());
  EXPECT_EQ(pattern("dist-{attempt}").match("dist-2", 2)->slot, "dist-{attempt}");
  for (const auto* other : {"dist-3", "dist-0", "dist-01", "dist-", "dist-{attempt}", "dist", "dist-2x"})
    EXPECT_FALSE(pattern("dist-{attempt}").match(other, 2)) << other;
}

TEST(NamePattern, names_of_two_attempts_have_one_slot) {
  for (const auto& [text, first, second] : {std::tuple("dist-*-{attempt}", "dist-a-1", "dist-a-2"),
                                            std::tuple("dist-{attempt}-*", "dist-1-a", "dist-2-a")}) {
    const auto one = pattern(text).match(first, 2);
    const auto two = pattern(text).match(second, 2);
    ASSERT_TRUE(one && two) << text;
    EXPECT_EQ(one->slot, two->slot);
    EXPECT_EQ(one->star, "a");
  }
  EXPECT_EQ(pattern("dist-*-{attempt}").match("dist-py3-12-1", 1)->star, "py3-12");
}

TEST(NamePattern, refuses_what_could_be_read_in_two_ways) {
  for (const auto* text :
       {"", "*-*", "{attempt}{attempt}", "*{attempt}", "{attempt}*", "3{attempt}", "{attempt}0"})
    EXPECT_FALSE(NamePattern::parse(text).ok()) << text;
}

TEST(NamePattern, a_star_in_a_branch_is_no_path) {
  EXPECT_TRUE(matches_branch(pattern("release/*"), "release/1.x"));
  EXPECT_FALSE(matches_branch(pattern("release/*"), "release/1.x/fix"));
  EXPECT_FALSE(matches_branch(pattern("release/*"), "release/"));
  EXPECT_FALSE(matches_branch(pattern("release/*"), "release/.."));
  EXPECT_TRUE(matches_branch(pattern("main"), "main"));
}

}  // namespace
}  // namespace packhouse::forge
