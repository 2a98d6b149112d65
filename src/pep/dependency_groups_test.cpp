#include "pep/dependency_groups.hpp"

#include <gtest/gtest.h>

namespace packhouse {
namespace {

using Include = DependencyGroupInclude;

std::vector<std::string> texts(const std::vector<Requirement>& requirements) {
  std::vector<std::string> out;
  for (const auto& requirement : requirements)
    out.push_back(requirement.str());
  return out;
}

TEST(DependencyGroups, resolve_inclusions_in_order) {
  const auto groups = *DependencyGroups::from_table({{"Test", {"pytest>=7", Include{"Co_Verage"}}},
                                                     {"co-verage", {"coverage"}},
                                                     {"all", {Include{"test"}, Include{"co.verage"}, "x"}},
                                                     {"empty", {}}});
  EXPECT_EQ(texts(*groups.resolve("ALL")),
            (std::vector<std::string>{"pytest>=7", "coverage", "coverage", "x"}));
  EXPECT_TRUE(groups.resolve("empty")->empty());
}

TEST(DependencyGroups, refuse_two_names_that_are_one) {
  const auto groups = DependencyGroups::from_table({{"a_b", {}}, {"A.B", {}}});
  ASSERT_FALSE(groups.ok());
  EXPECT_EQ(groups.error().message,
            "expected dependency group names to differ in their normal form, found \"a-b\" twice");
}

TEST(DependencyGroups, refuse_what_cannot_be_resolved) {
  const auto groups = *DependencyGroups::from_table({{"a", {Include{"b"}}},
                                                     {"b", {Include{"a"}}},
                                                     {"c", {Include{"none"}}},
                                                     {"d", {"x y"}},
                                                     {"self", {Include{"self"}}}});
  const std::pair<const char*, const char*> rows[] = {
      {"a", "expected dependency groups to include no group twice on one path, found a -> b -> a"},
      {"self", "expected dependency groups to include no group twice on one path, found self -> self"},
      {"c", "expected a dependency group, found no \"none\""},
      {"nothing", "expected a dependency group, found no \"nothing\""},
      {"d",
       "dependency group d: expected a version specifier, '[', '@', ';' or the end at byte 2 of \"x y\""},
  };
  for (const auto& [group, message] : rows) {
    const auto result = groups.resolve(group);
    ASSERT_FALSE(result.ok()) << group;
    EXPECT_EQ(result.error().message, message);
  }
}

TEST(DependencyGroups, refuse_inclusions_that_double_at_every_step) {
  DependencyGroupTable table = {{"g0", {"x"}}};
  for (int i = 1; i < 60; ++i) {
    const std::string before = "g" + std::to_string(i - 1);
    table.push_back({"g" + std::to_string(i), {Include{before}, Include{before}}});
  }
  const auto groups = *DependencyGroups::from_table(table);

  const auto result = groups.resolve("g59");

  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().message, "expected at most 100000 requirements in a dependency group");
}

}  // namespace
}  // namespace packhouse
