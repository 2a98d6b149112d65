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

}  // namespace
}  // namespace packhouse
