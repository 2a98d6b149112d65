#include "index/catalog.hpp"

#include <gtest/gtest.h>

#include "index/release_lifecycle.hpp"
#include "index/remove.hpp"
#include "index/testing/test_index.hpp"

namespace packhouse::index {
namespace {

using namespace testing;

class CatalogTest : public ::testing::Test {
 protected:
  CatalogTest() {
    for (const auto* version : {"1.0", "2.0"})
      EXPECT_TRUE(site_.add(wheel_filename("demo", version), wheel_bytes("demo", version)).ok());
    EXPECT_TRUE(site_.add(wheel_filename("other", "1.0"), wheel_bytes("other", "1.0")).ok());
  }

  std::vector<std::string> visited(std::size_t at_most) const {
    std::vector<std::string> names;
    const auto done = catalog_.each_project([&](const ProjectSummary& project) -> Result<bool> {
      names.push_back(project.name);
      return names.size() < at_most;
    });
    EXPECT_TRUE(done.ok());
    return names;
  }

  TestIndex site_;
  const Context context_ = site_.context(site_.listener);
  const Catalog catalog_{context_};
};

TEST_F(CatalogTest, visits_projects_by_name_until_the_visitor_stops) {
  EXPECT_EQ(visited(9), (std::vector<std::string>{"demo", "other"}));
  EXPECT_EQ(visited(1), (std::vector<std::string>{"demo"}));
  ASSERT_EQ(catalog_.projects("demo", 9)->size(), 1U);
  EXPECT_EQ(catalog_.projects("demo", 9)->front().name, "other");
}

TEST_F(CatalogTest, an_offered_project_has_no_withheld_file) {
  const Actor actor{.kind = "console", .id = "test", .address = {}};
  ASSERT_TRUE(ReleaseLifecycle{context_}.block(*ReleaseTarget::parse("demo", "1.0"), "secret", actor).ok());
  EXPECT_EQ(catalog_.project("demo")->files.size(), 2U);
  const auto offered = catalog_.offered_project("demo");
  ASSERT_EQ(offered->files.size(), 1U);
  EXPECT_EQ(offered->files.front().release.version.str(), "2.0");
  EXPECT_EQ(offered->releases.size(), 2U);
}

TEST_F(CatalogTest, a_project_whose_files_were_all_deleted_is_as_one_that_never_was) {
  const Actor actor{.kind = "console", .id = "test", .address = {}};
  ASSERT_TRUE(remove_file(context_, "other", wheel_filename("other", "1.0"), "wrong name", actor).ok());
  EXPECT_EQ(visited(9), (std::vector<std::string>{"demo"}));
  EXPECT_EQ(catalog_.summary("other").error().code, Errc::not_found);
  EXPECT_EQ(catalog_.project("other").error().code, Errc::not_found);
  EXPECT_EQ(catalog_.offered_project("other").error().code, Errc::not_found);
  EXPECT_EQ(catalog_.recorded_project("other")->releases.size(), 1U);
  ASSERT_TRUE(ReleaseLifecycle{context_}.block(*ReleaseTarget::parse("demo", "1.0"), "secret", actor).ok());
  ASSERT_TRUE(ReleaseLifecycle{context_}.block(*ReleaseTarget::parse("demo", "2.0"), "secret", actor).ok());
  EXPECT_TRUE(catalog_.offered_project("demo")->files.empty()) << "no other index may take a blocked name";
}

TEST_F(CatalogTest, finds_a_release_by_any_spelling_of_its_version) {
  const auto project = catalog_.project("demo");
  const auto* const found = project->find_release(*Version::parse("1.0.0"));
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->version.str(), "1.0");
  EXPECT_EQ(project->find_release(*Version::parse("3.0")), nullptr);
}

TEST_F(CatalogTest, opens_the_bytes_that_a_row_names) {
  const auto file = catalog_.file(wheel_filename("demo", "1.0"));
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(catalog_.open(file->sha256)->size(), file->size);
  ASSERT_TRUE(site_.blobs->remove(file->sha256).ok());
  EXPECT_THROW(static_cast<void>(catalog_.open(file->sha256)), std::runtime_error);
}

}  // namespace
}  // namespace packhouse::index
