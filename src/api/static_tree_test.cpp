#include "api/static_tree.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/json.hpp"
#include "index/import_folder.hpp"
#include "index/release_lifecycle.hpp"
#include "index/testing/test_index.hpp"

namespace packhouse::api {
namespace {

namespace fs = std::filesystem;
using index::testing::sdist_bytes;
using index::testing::sdist_filename;
using index::testing::wheel_bytes;
using index::testing::wheel_filename;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class StaticTreeTest : public ::testing::Test {
 protected:
  StaticTreeTest() {
    EXPECT_TRUE(site_.add(wheel_, wheel_bytes("demo", "1.0")).ok());
    EXPECT_TRUE(site_.add(sdist_, sdist_bytes("demo", "1.0")).ok());
  }

  Result<ExportReport> write() { return StaticTree(catalog_, *site_.disk, tree_).write(); }

  std::string text(const fs::path& below) const {
    std::ifstream file(tree_ / below, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(tree_)) {
      if (entry.is_regular_file()) names.push_back(entry.path().filename().string());
    }
    std::ranges::sort(names);
    return names;
  }

  void block() {
    const auto target = index::ReleaseTarget::parse("demo", "1.0").value();
    const Actor ada{.kind = "console", .id = "ada", .address = {}};
    ASSERT_TRUE(index::ReleaseLifecycle(context_).block(target, "bad", ada).ok());
  }

  index::testing::TestIndex site_;
  const index::Context context_ = site_.context(site_.listener);
  const index::Catalog catalog_{context_};
  TemporaryFolder folder_ = TemporaryFolder::make().value();
  const fs::path tree_ = folder_.path() / "www";
  const std::string wheel_ = wheel_filename("demo", "1.0");
  const std::string sdist_ = sdist_filename("demo", "1.0");
};

TEST_F(StaticTreeTest, has_the_list_the_pages_and_every_file_where_its_page_says) {
  const auto report = write();
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_EQ(report->projects, 1U);
  EXPECT_EQ(report->files, 2U);
  EXPECT_THAT(text("simple/index.html"), HasSubstr("<a href=\"demo/\">demo</a>"));
  EXPECT_THAT(text("simple/demo/index.html"), HasSubstr(">" + wheel_ + "</a>"));
  const auto page = json::parse(text("simple/demo/index.v1_json"))->as_object();
  for (const auto& value : page.at("files").as_array()) {
    const auto& file = value.as_object();
    const auto place = fs::path("simple/demo") / std::string(file.at("url").as_string());
    EXPECT_EQ(Sha256::of(text(place)).hex(), file.at("hashes").as_object().at("sha256").as_string());
    if (!file.contains("core-metadata")) continue;
    EXPECT_EQ(Sha256::of(text(place.string() + ".metadata")).hex(),
              file.at("core-metadata").as_object().at("sha256").as_string());
  }
  for (const auto& entry : fs::recursive_directory_iterator(tree_))
    EXPECT_NE(entry.status().permissions() & fs::perms::others_read, fs::perms::none) << entry.path();
}

TEST_F(StaticTreeTest, a_second_export_writes_no_file_again) {
  ASSERT_TRUE(write().ok());
  const auto before = names();
  const auto again = write();
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->new_files, 0U);
  EXPECT_EQ(again->removed, 0U);
  EXPECT_EQ(names(), before);
}

TEST_F(StaticTreeTest, what_is_blocked_later_is_removed_with_its_folders) {
  ASSERT_TRUE(site_.add(wheel_filename("other", "1.0"), wheel_bytes("other", "1.0")).ok());
  ASSERT_TRUE(write().ok());
  block();
  const auto report = write();
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->removed, 3U) << "the wheel, its metadata, the sdist";
  EXPECT_THAT(text("simple/demo/index.html"), Not(HasSubstr(wheel_)));
  EXPECT_EQ(std::distance(fs::directory_iterator(tree_ / "files"), {}), 1);
  EXPECT_THAT(text("simple/other/index.html"), HasSubstr("other-1.0"));
}

TEST_F(StaticTreeTest, a_folder_with_other_files_is_left_as_it_is) {
  fs::create_directories(tree_);
  std::ofstream(tree_ / "index.html") << "ours";
  const auto refused = write();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Errc::conflict);
  EXPECT_THAT(names(), ElementsAre("index.html"));
}

TEST_F(StaticTreeTest, an_import_finds_in_it_what_the_index_had) {
  ASSERT_TRUE(write().ok());
  const auto found = index::find_distributions(*site_.disk, tree_);
  ASSERT_TRUE(found.ok());
  ASSERT_EQ(found->files.size(), 2U);
  for (const auto& file : found->files)
    EXPECT_EQ(file.uploaded, site_.clock.now()) << file.filename;
}

}  // namespace
}  // namespace packhouse::api
