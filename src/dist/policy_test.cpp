#include "dist/policy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dist/check_list.hpp"

namespace packhouse::dist {
namespace {

using ::testing::HasSubstr;

TEST(Policy, says_nothing_where_the_checks_own_default_holds) {
  const Policy policy;
  EXPECT_EQ(policy.severity("wheel.record.hash"), std::nullopt);
  EXPECT_FALSE(policy.archive().data_descriptors);
  EXPECT_EQ(policy.archive().limits.ratio, 50U);
}

TEST(Policy, takes_severities_limits_and_switches_by_name) {
  Policy policy;
  ASSERT_TRUE(policy.set("wheel.record.hash", "warn").ok());
  ASSERT_TRUE(policy.set("metadata.local-version", "refuse").ok());
  ASSERT_TRUE(policy.set("limits.total-size", "1000").ok());
  ASSERT_TRUE(policy.set("archive.links-inside", "true").ok());

  EXPECT_EQ(policy.severity("wheel.record.hash"), Severity::warn);
  EXPECT_EQ(policy.severity("metadata.local-version"), Severity::refuse);
  EXPECT_EQ(policy.archive().limits.total_size, 1000U);
  EXPECT_TRUE(policy.archive().links_inside);
}

TEST(Policy, can_start_from_the_rules_of_a_public_index_in_any_order) {
  Policy policy;
  ASSERT_TRUE(policy.set("metadata.local-version", "warn").ok());
  ASSERT_TRUE(policy.set("base", "public-index").ok());
  EXPECT_EQ(policy.severity("metadata.local-version"), Severity::warn);
  EXPECT_EQ(policy.severity("metadata.direct-url"), Severity::refuse);
  EXPECT_EQ(Policy::public_index().severity("metadata.direct-url"), Severity::refuse);
}

TEST(Policy, can_start_from_the_rules_of_a_mirror_in_any_order) {
  Policy policy;
  ASSERT_TRUE(policy.set("metadata.values", "refuse").ok());
  ASSERT_TRUE(policy.set("sdist.zip", "false").ok());
  ASSERT_TRUE(policy.set("base", "mirror").ok());
  EXPECT_EQ(policy.severity("metadata.values"), Severity::refuse);
  EXPECT_EQ(policy.severity("metadata.withdrawn-version"), Severity::warn);
  EXPECT_FALSE(policy.zip_sdists());
  EXPECT_TRUE(Policy::mirror().zip_sdists());
  EXPECT_FALSE(Policy{}.zip_sdists());
}

TEST(Policy, of_a_mirror_lowers_nothing_that_gives_a_file_two_meanings_and_no_hash) {
  for (const auto& check : all_checks()) {
    const auto lowered = Policy::mirror().severity(check.id) == Severity::warn;
    const bool kept = check.fixed || check.id == "wheel.record.hash" || check.id == "wheel.record.unlisted" ||
                      check.id.starts_with("wheel.installed");
    EXPECT_FALSE(lowered && kept) << check.id;
  }
}

TEST(Policy, refuses_unknown_names_and_values) {
  Policy policy;
  const auto message = [&](std::string_view name, std::string_view value) {
    const auto status = policy.set(name, value);
    return status.ok() ? std::string{} : status.error().message;
  };
  EXPECT_EQ(message("wheel.record.hsah", "warn"), "no check, limit or switch is named \"wheel.record.hsah\"");
  EXPECT_EQ(message("wheel.record.hash", "maybe"),
            "expected refuse, warn or off for wheel.record.hash, found \"maybe\"");
  EXPECT_EQ(message("limits.ratio", "0"), "expected a number above 0 for limits.ratio, found \"0\"");
  EXPECT_EQ(message("limits.ratio", "-1"), "expected a number above 0 for limits.ratio, found \"-1\"");
  EXPECT_EQ(message("archive.links-inside", "yes"),
            "expected true or false for archive.links-inside, found \"yes\"");
  EXPECT_EQ(message("base", "mine"),
            "expected public-index, private-index or mirror for base, found \"mine\"");
}

TEST(Policy, cannot_lower_what_keeps_a_file_unambiguous) {
  Policy policy;
  for (const auto* check :
       {"archive.path.traversal", "archive.zip.local-header", "metadata.name", "form.digest.sha256"}) {
    for (const auto* severity : {"warn", "off"}) {
      const auto status = policy.set(check, severity);
      ASSERT_FALSE(status.ok()) << check;
      EXPECT_THAT(status.error().message, HasSubstr("cannot be lowered"));
    }
    EXPECT_EQ(policy.severity(check), std::nullopt);
    EXPECT_TRUE(policy.set(check, "refuse").ok());
  }
}

}  // namespace
}  // namespace packhouse::dist
