#include "sys/temporary_folder.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

namespace packhouse {
namespace {

namespace fs = std::filesystem;

TEST(TemporaryFolder, is_for_this_user_only_and_goes_with_all_that_is_in_it) {
  Path path;
  {
    const auto folder = TemporaryFolder::make();
    ASSERT_TRUE(folder.ok()) << folder.error().message;
    path = folder->path();
    EXPECT_TRUE(path.is_absolute());
    struct stat info{};
    ASSERT_EQ(::stat(path.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777U, 0700U);
    fs::create_directories(path / "a" / "b");
    std::ofstream{path / "a" / "b" / "c"} << "bytes";
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST(TemporaryFolder, is_another_one_each_time) {
  const auto one = TemporaryFolder::make();
  const auto two = TemporaryFolder::make();
  ASSERT_TRUE(one.ok() && two.ok());
  EXPECT_NE(one->path(), two->path());
}

TEST(TemporaryFolder, removes_a_link_and_leaves_what_it_points_to) {
  const auto outside = TemporaryFolder::make();
  ASSERT_TRUE(outside.ok());
  std::ofstream{outside->path() / "kept"} << "bytes";
  {
    const auto folder = TemporaryFolder::make();
    ASSERT_TRUE(folder.ok());
    fs::create_directory_symlink(outside->path(), folder->path() / "link");
  }
  EXPECT_TRUE(fs::exists(outside->path() / "kept"));
}

TEST(TemporaryFolder, removes_a_folder_that_may_not_be_written) {
  Path path;
  {
    const auto folder = TemporaryFolder::make();
    ASSERT_TRUE(folder.ok());
    path = folder->path();
    fs::create_directories(path / "locked" / "inner");
    fs::permissions(path / "locked", fs::perms::owner_read);
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST(TemporaryFolder, moves_without_being_removed_twice) {
  auto first = TemporaryFolder::make();
  ASSERT_TRUE(first.ok());
  const Path path = first->path();
  auto second = TemporaryFolder::make();
  ASSERT_TRUE(second.ok());
  const Path replaced = second->path();
  *second = std::move(*first);
  EXPECT_EQ(second->path(), path);
  EXPECT_TRUE(fs::exists(path));
  EXPECT_FALSE(fs::exists(replaced));
}

}  // namespace
}  // namespace packhouse
