#include "model/release.hpp"

#include <gtest/gtest.h>

namespace packhouse {
namespace {

TEST(Release, is_offered_unless_something_speaks_against_it) {
  const Release release{.version = "1.0", .yanked = "broken"};
  EXPECT_EQ(withheld("demo", {}, release), std::nullopt);
  EXPECT_EQ(withheld("demo", {.status = ProjectStatus::archived, .reason = "over"}, release), std::nullopt);
  EXPECT_EQ(withheld("demo", {.status = ProjectStatus::deprecated, .reason = "over"}, release), std::nullopt);
}

TEST(Release, that_is_blocked_is_withheld_with_its_reason) {
  EXPECT_EQ(withheld("demo", {}, {.version = "1.0", .blocked = "holds a password"}),
            "release 1.0 of demo is blocked: holds a password");
}

TEST(Release, of_a_quarantined_project_is_withheld_with_the_projects_reason) {
  const ProjectState state{.status = ProjectStatus::quarantined, .reason = "malware"};
  EXPECT_EQ(withheld("demo", state, {.version = "1.0"}), "project demo is quarantined: malware");
  EXPECT_EQ(withheld("demo", {.status = ProjectStatus::quarantined}, {.version = "1.0"}),
            "project demo is quarantined");
}

TEST(Release, has_the_identity_of_its_version_without_trailing_zeros) {
  EXPECT_EQ(identity_of("1.0.0"), "1");
  EXPECT_EQ(identity_of("1.0rc1"), identity_of("1c1"));
  EXPECT_NE(identity_of("1.0.post0"), identity_of("1.0"));
  EXPECT_EQ(identity_of("not a version"), "not a version");
}

TEST(Release, has_one_version_however_it_is_spelt) {
  EXPECT_TRUE(same_version("1.0", "1.0.0"));
  EXPECT_TRUE(same_version("1.0rc1", "1.0c1"));
  EXPECT_TRUE(same_version("not a version", "not a version"));
  EXPECT_FALSE(same_version("1.0", "1.0.post1"));
  EXPECT_FALSE(same_version("1.0", "not a version"));
}

TEST(Reason, is_one_line_of_text) {
  EXPECT_EQ(*parse_reason("  wrong wheel \n", ""), "wrong wheel");
  for (const std::string text : {"", "  ", "a\nb", "a\x7F", "\xFF"}) {
    const auto parsed = parse_reason(text, "say why");
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(parsed.error().message,
              "reason: expected 1 to 1000 bytes of text in one line, found " + quote(text));
    EXPECT_EQ(parsed.error().hint, "say why");
  }
  EXPECT_TRUE(parse_reason(std::string(1000, 'x'), "").ok());
  EXPECT_FALSE(parse_reason(std::string(1001, 'x'), "").ok());
}

}  // namespace
}  // namespace packhouse
