#include "model/release.hpp"

#include <gtest/gtest.h>

namespace packhouse {
namespace {

const ProjectName demo = *ProjectName::parse("demo");
const Version one = *Version::parse("1.0");

TEST(Release, is_offered_unless_it_is_blocked_or_its_project_quarantined) {
  const Release release{.version = one, .yanked = "broken"};
  EXPECT_EQ(withheld(demo, {}, release), std::nullopt);
  EXPECT_EQ(withheld(demo, {.status = ProjectStatus::archived, .reason = "over"}, release), std::nullopt);
  EXPECT_EQ(withheld(demo, {.status = ProjectStatus::deprecated, .reason = "over"}, release), std::nullopt);
}

TEST(Release, that_is_blocked_is_withheld_with_its_reason) {
  EXPECT_EQ(withheld(demo, {}, {.version = one, .blocked = "holds a password"}),
            "release 1.0 of demo is blocked: holds a password");
}

TEST(Release, of_a_quarantined_project_is_withheld_with_the_projects_reason) {
  const ProjectState state{.status = ProjectStatus::quarantined, .reason = "malware"};
  EXPECT_EQ(withheld(demo, state, {.version = one}), "project demo is quarantined: malware");
  EXPECT_EQ(withheld(demo, {.status = ProjectStatus::quarantined}, {.version = one}),
            "project demo is quarantined");
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
