#include "pep/release_name.hpp"

#include <gtest/gtest.h>

namespace packhouse {
namespace {

ReleaseName release(std::string_view project, std::string_view version) {
  return *ReleaseName::parse(project, version);
}

TEST(ReleaseName, is_normalised_and_keeps_trailing_zeros) {
  const auto parsed = release("Demo_Project", "1.0.0RC-1");
  EXPECT_EQ(parsed.project.str(), "demo-project");
  EXPECT_EQ(parsed.version.str(), "1.0.0rc1");
}

TEST(ReleaseName, is_refused_with_the_fault_of_its_part) {
  EXPECT_EQ(ReleaseName::parse("-", "1.0").error(), ProjectName::parse("-").error());
  EXPECT_EQ(ReleaseName::parse("demo", "one").error(), Version::parse("one").error());
}

TEST(ReleaseName, is_equal_for_spellings_of_one_version) {
  EXPECT_EQ(release("demo", "1.0"), release("Demo", "1.0.0"));
  EXPECT_EQ(release("demo", "1.0rc1"), release("demo", "1c1"));
  EXPECT_NE(release("demo", "1.0"), release("demo", "1.0.post0"));
  EXPECT_NE(release("demo", "1.0"), release("other", "1.0"));
  EXPECT_LT(release("demo", "1.9"), release("demo", "1.10"));
}

}  // namespace
}  // namespace packhouse
