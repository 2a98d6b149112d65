#include "sys/temporary_folder.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <optional>

#include "base/parallel.hpp"
#include "sys/file_descriptor.hpp"

namespace packhouse {
namespace {

namespace fs = std::filesystem;

TEST(TemporaryFolder, is_for_this_user_only_and_is_removed_with_its_contents) {
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

TEST(TemporaryFolder, has_a_new_name_each_time) {
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

/// A leftover of a process that was killed an hour ago.
Path left_behind(const Path& path) {
  fs::create_directories(path / "home");
  std::ofstream{path / "home" / ".netrc"} << "a password";
  fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours{1});
  return path;
}

TEST(TemporaryFolder, removes_the_leftovers_of_a_killed_process) {
  const auto parent = fs::temp_directory_path();
  const std::string prefix = TemporaryFolder::make().value().path().filename().native() + "-";
  const Path left = left_behind(parent / (prefix + "abcdef"));
  const Path longer = left_behind(parent / (prefix + "another-abcdef"));
  const Path young = parent / (prefix + "youngr");
  fs::create_directory(young);
  ASSERT_TRUE(TemporaryFolder::make(prefix).ok());
  EXPECT_FALSE(fs::exists(left));
  EXPECT_TRUE(fs::exists(longer)) << "of another prefix";
  EXPECT_TRUE(fs::exists(young)) << "its maker may not have locked it yet";
  fs::remove_all(longer);
  fs::remove_all(young);
}

TEST(TemporaryFolder, keeps_a_folder_in_use_however_old) {
  const std::string prefix = TemporaryFolder::make().value().path().filename().native() + "-";
  const auto working = TemporaryFolder::make(prefix);
  ASSERT_TRUE(working.ok());
  fs::last_write_time(working->path(), fs::file_time_type::clock::now() - std::chrono::hours{1});
  ASSERT_TRUE(TemporaryFolder::make(prefix).ok());
  EXPECT_TRUE(fs::exists(working->path()));
}

TEST(TemporaryFolder, a_link_in_a_folder_s_place_is_not_followed) {
  const std::string prefix = TemporaryFolder::make().value().path().filename().native() + "-";
  const auto outside = TemporaryFolder::make();
  ASSERT_TRUE(outside.ok());
  fs::last_write_time(outside->path(), fs::file_time_type::clock::now() - std::chrono::hours{1});
  const Path link = fs::temp_directory_path() / (prefix + "abcdef");
  fs::create_directory_symlink(outside->path(), link);
  ASSERT_TRUE(TemporaryFolder::make(prefix).ok());
  EXPECT_TRUE(fs::exists(outside->path()));
  fs::remove(link);
}

/// Sets TMPDIR during its lifetime.
class TmpdirSet {
 public:
  explicit TmpdirSet(const Path& path) {
    if (const char* const named = std::getenv("TMPDIR")) before_ = named;
    ::setenv("TMPDIR", path.c_str(), 1);
  }
  TmpdirSet(const TmpdirSet&) = delete;
  TmpdirSet& operator=(const TmpdirSet&) = delete;
  ~TmpdirSet() {
    if (before_) {
      ::setenv("TMPDIR", before_->c_str(), 1);
    } else {
      ::unsetenv("TMPDIR");
    }
  }

 private:
  std::optional<std::string> before_;
};

TEST(TemporaryFolder, names_a_missing_TMPDIR_with_a_hint) {
  const auto outside = TemporaryFolder::make();
  ASSERT_TRUE(outside.ok());
  const Path absent = outside->path() / "absent";
  const TmpdirSet set(absent);
  const auto folder = TemporaryFolder::make();
  ASSERT_FALSE(folder.ok());
  EXPECT_NE(folder.error().message.find(absent.native()), std::string::npos) << folder.error().message;
  EXPECT_NE(folder.error().hint.find("TMPDIR"), std::string::npos);
}

TEST(TemporaryFolder, a_relative_TMPDIR_becomes_an_absolute_path) {
  const auto outside = TemporaryFolder::make();
  ASSERT_TRUE(outside.ok());
  const TmpdirSet set(fs::relative(outside->path()));
  const auto folder = TemporaryFolder::make();
  ASSERT_TRUE(folder.ok()) << folder.error().message;
  EXPECT_TRUE(folder->path().is_absolute());
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

TEST(TemporaryFolder, is_held_by_its_creator_while_others_look_for_leftovers) {
  constexpr std::size_t makers = 4;
  std::atomic<int> free_for_all = 0;
  in_parallel(makers * 100, makers, [&](std::size_t /*worker*/, std::size_t /*i*/) {
    const auto folder = TemporaryFolder::make("packhouse-held-").value();
    const FileDescriptor other{::open(folder.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (::flock(other.get(), LOCK_EX | LOCK_NB) == 0) ++free_for_all;
  });
  EXPECT_EQ(free_for_all, 0);
}

}  // namespace
}  // namespace packhouse
