#include "index/quota.hpp"

#include <gtest/gtest.h>

#include "index/testing/test_index.hpp"

namespace packhouse::index {
namespace {

using namespace testing;

class QuotaTest : public ::testing::Test {
 protected:
  QuotaTest() { EXPECT_TRUE(add("demo", "1.0").ok()); }

  Result<Ingested> add(std::string_view project, std::string_view version) {
    return site_.add(wheel_filename(project, version), wheel_bytes(project, version));
  }
  /// The refusal, after which nothing must have been stored.
  std::string refusal(std::string_view project, std::string_view version) {
    const auto files = site_.files_on_disk();
    const auto entries = site_.ledger_length();
    const auto added = add(project, version);
    EXPECT_EQ(site_.files_on_disk(), files);
    EXPECT_EQ(site_.ledger_length(), entries);
    if (added.ok()) return "accepted";
    EXPECT_EQ(added.error().code, Errc::too_large);
    return added.error().message;
  }

  TestIndex site_;
};

TEST_F(QuotaTest, the_limit_of_projects_does_not_bind_existing_ones) {
  site_.quotas.projects = 1;
  EXPECT_EQ(refusal("other", "1.0"), "Too many projects: this index takes 1.");
  EXPECT_TRUE(add("demo", "1.1").ok());
}

TEST_F(QuotaTest, no_more_files_of_a_project_than_the_limit) {
  site_.quotas.files_per_project = 2;
  EXPECT_TRUE(add("demo", "1.1").ok());
  EXPECT_EQ(refusal("demo", "1.2"), "Too many files: this index takes 2 of one project.");
  EXPECT_TRUE(add("other", "1.0").ok());
}

TEST_F(QuotaTest, no_more_bytes_of_a_project_than_the_limit) {
  site_.quotas.project_size = wheel_bytes("demo", "1.0").size() + 10;
  EXPECT_TRUE(refusal("demo", "1.1").starts_with("Project size too large: this index takes "));
}

TEST_F(QuotaTest, no_more_bytes_of_the_index_than_the_limit) {
  site_.quotas.index_size = wheel_bytes("demo", "1.0").size() + 10;
  EXPECT_TRUE(refusal("other", "1.0").starts_with("The index is full: it takes "));
  site_.quotas.index_size = 0;
  EXPECT_TRUE(add("other", "1.0").ok());
}

TEST_F(QuotaTest, identical_bytes_take_no_further_room) {
  site_.quotas = {.projects = 1, .files_per_project = 1, .project_size = 1};
  EXPECT_EQ(add("demo", "1.0")->outcome, Recorded::identical);
}

}  // namespace
}  // namespace packhouse::index
