#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sys/resource.h>
#include <array>
#include <csignal>
#include <filesystem>

#include "sys/file_system.hpp"
#include "sys/temporary_folder.hpp"

namespace packhouse {
namespace {

class PosixFileSystem : public testing::Test {
 protected:
  Path path(std::string_view name) const { return folder_->path() / name; }

  void write(std::string_view name, std::string_view bytes) {
    const auto file = disk_->create(path(name));
    ASSERT_TRUE(file.ok()) << file.error().message;
    ASSERT_TRUE((*file)->write(bytes).ok());
    ASSERT_TRUE((*file)->sync().ok());
  }

  std::unique_ptr<FileSystem> disk_ = make_posix_file_system();
  Result<TemporaryFolder> folder_ = TemporaryFolder::make();
};

TEST_F(PosixFileSystem, creates_a_file_that_only_its_owner_can_read) {
  write("a", "bytes");
  struct stat info{};
  ASSERT_EQ(::stat(path("a").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777U, 0600U);
  EXPECT_EQ(*disk_->read(path("a"), 5), "bytes");
  EXPECT_EQ(*disk_->size(path("a")), 5U);
}

TEST_F(PosixFileSystem, never_replaces_a_file_on_creation_also_not_through_a_link) {
  write("a", "bytes");
  ASSERT_EQ(::symlink("nowhere", path("link").c_str()), 0);
  for (const char* name : {"a", "link"}) {
    const auto again = disk_->create(path(name));
    ASSERT_FALSE(again.ok());
    EXPECT_EQ(again.error().code, Errc::conflict);
    EXPECT_EQ(again.error().message, "cannot create " + quote(path(name).native(), 300) + ": File exists");
  }
  EXPECT_EQ(*disk_->read(path("a"), 5), "bytes");
}

TEST_F(PosixFileSystem, appends_to_an_existing_file) {
  for (const char* bytes : {"one ", "two"}) {
    const auto file = disk_->append(path("log"));
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE((*file)->write(bytes).ok());
  }
  EXPECT_EQ(*disk_->read(path("log"), 100), "one two");
}

TEST_F(PosixFileSystem, refuses_to_read_more_than_the_limit) {
  write("a", "bytes");
  const auto read = disk_->read(path("a"), 4);
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().code, Errc::too_large);
  EXPECT_EQ(read.error().message,
            "expected at most 4 bytes in " + quote(path("a").native(), 300) + ", found more");
}

TEST_F(PosixFileSystem, refuses_to_read_more_than_the_limit_from_a_file_that_has_no_size) {
  const auto read = disk_->read("/proc/self/status", 16);
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().code, Errc::too_large);
  EXPECT_GT(disk_->read("/proc/self/status", 1U << 20U)->size(), 16U);
}

TEST_F(PosixFileSystem, does_not_wait_for_a_writer_on_a_fifo) {
  ASSERT_EQ(::mkfifo(path("fifo").c_str(), 0600), 0);
  EXPECT_EQ(disk_->read(path("fifo"), 10).error().code, Errc::invalid_input);
  EXPECT_EQ(disk_->open(path("fifo")).error().code, Errc::invalid_input);
  EXPECT_EQ(disk_->size(path("fifo")).error().code, Errc::invalid_input);
}

TEST_F(PosixFileSystem, a_missing_file_is_not_found) {
  EXPECT_EQ(disk_->read(path("a"), 1).error().code, Errc::not_found);
  EXPECT_EQ(disk_->open(path("a")).error().code, Errc::not_found);
  EXPECT_EQ(disk_->size(path("a")).error().code, Errc::not_found);
  EXPECT_EQ(disk_->remove(path("a")).error().code, Errc::not_found);
  EXPECT_EQ(disk_->rename(path("a"), path("b")).error().code, Errc::not_found);
  EXPECT_EQ(disk_->list(path("a")).error().code, Errc::not_found);
  EXPECT_EQ(disk_->sync_folder(path("a")).error().code, Errc::not_found);
  EXPECT_EQ(disk_->create(path("a/b")).error().code, Errc::not_found);
}

TEST_F(PosixFileSystem, opens_for_reading_with_close_on_exec) {
  write("a", "bytes");
  const auto file = disk_->open(path("a"));
  ASSERT_TRUE(file.ok());
  EXPECT_NE(static_cast<unsigned>(::fcntl(file->get(), F_GETFD)) & static_cast<unsigned>(FD_CLOEXEC), 0U);
  std::array<char, 8> buffer{};
  EXPECT_EQ(::read(file->get(), buffer.data(), buffer.size()), 5);
}

TEST_F(PosixFileSystem, renames_over_an_older_file) {
  write("old", "old");
  write("new", "new");
  ASSERT_TRUE(disk_->rename(path("new"), path("old")).ok());
  EXPECT_EQ(*disk_->read(path("old"), 9), "new");
  EXPECT_EQ(*disk_->list(path("")), std::vector<std::string>{"old"});
}

TEST_F(PosixFileSystem, makes_missing_folders_and_accepts_existing_ones) {
  ASSERT_TRUE(disk_->make_folders(path("a/b/c")).ok());
  ASSERT_TRUE(disk_->make_folders(path("a/b/c")).ok());
  struct stat info{};
  ASSERT_EQ(::stat(path("a/b").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777U, 0700U);
  EXPECT_TRUE(disk_->sync_folder(path("a")).ok());
}

TEST_F(PosixFileSystem, refuses_a_folder_where_a_file_is) {
  write("a", "");
  const auto made = disk_->make_folders(path("a"));
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().code, Errc::conflict);
  EXPECT_EQ(made.error().message,
            "expected a folder at " + quote(path("a").native(), 300) + ", found a file");
}

TEST_F(PosixFileSystem, lists_names_in_order) {
  for (const char* name : {"c", "a", ".b"})
    write(name, "");
  EXPECT_EQ(*disk_->list(path("")), (std::vector<std::string>{".b", "a", "c"}));
}

TEST_F(PosixFileSystem, refuses_a_name_that_no_disk_takes) {
  EXPECT_EQ(disk_->create(path(std::string(300, 'x'))).error().code, Errc::invalid_input);
}

TEST_F(PosixFileSystem, names_the_folder_on_the_full_disk) {
  const auto file = disk_->append("/dev/full");
  ASSERT_TRUE(file.ok());
  const auto written = (*file)->write("x");
  ASSERT_FALSE(written.ok());
  EXPECT_EQ(written.error().code, Errc::unavailable);
  EXPECT_EQ(written.error().message,
            "cannot write \"/dev/full\": No space left on device; the disk of the folder \"/dev\" is full");
  EXPECT_EQ(written.error().hint, "make room on that disk, then try again");
}

// A pipe takes a large write in parts, and a signal cuts one short: both must go on where they stopped.
TEST_F(PosixFileSystem, writes_all_bytes_although_the_kernel_takes_them_in_parts) {
  ASSERT_EQ(::mkfifo(path("fifo").c_str(), 0600), 0);
  const FileDescriptor reader{::open(path("fifo").c_str(), O_RDWR | O_CLOEXEC)};
  ASSERT_GE(::fcntl(reader.get(), F_SETPIPE_SZ, 1 << 20), 1 << 20);
  const auto file = disk_->append(path("fifo"));
  ASSERT_TRUE(file.ok());
  const std::string bytes(1U << 20U, 'x');
  EXPECT_TRUE((*file)->write(bytes).ok());
  std::string got(bytes.size(), '\0');
  EXPECT_EQ(::read(reader.get(), got.data(), got.size()), static_cast<ssize_t>(bytes.size()));
  EXPECT_EQ(got, bytes);
}

TEST_F(PosixFileSystem, begins_write_back_as_often_as_asked) {
  const auto file = disk_->create(path("a"));
  ASSERT_TRUE(file.ok());
  (*file)->start_writeback();
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE((*file)->write(std::string(100'000, 'x')).ok());
    (*file)->start_writeback();
  }
  EXPECT_TRUE((*file)->sync().ok());
  EXPECT_EQ(*disk_->size(path("a")), 300'000U);
}

}  // namespace
}  // namespace packhouse
