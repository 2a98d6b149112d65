#include "sys/testing/memory_file_system.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>

namespace packhouse {
namespace {

class MemoryDisk : public testing::Test {
 protected:
  MemoryDisk() { EXPECT_TRUE(disk_.make_folders("/d").ok()); }

  std::unique_ptr<WritableFile> create(const Path& path, std::string_view bytes) {
    auto file = disk_.create(path);
    EXPECT_TRUE(file.ok());
    EXPECT_TRUE((*file)->write(bytes).ok());
    return std::move(*file);
  }

  std::string contents(const Path& path) {
    const auto read = disk_.read(path, 1000);
    return read.ok() ? *read : "(none)";
  }

  MemoryFileSystem disk_;
};

TEST_F(MemoryDisk, behaves_as_a_disk_while_the_power_is_on) {
  create("/d/a", "bytes");
  EXPECT_EQ(contents("/d/../d/a"), "bytes");
  EXPECT_EQ(*disk_.size("/d/a"), 5U);
  EXPECT_EQ(disk_.create("/d/a").error().code, Errc::conflict);
  EXPECT_EQ(disk_.create("/none/a").error().code, Errc::not_found);
  EXPECT_EQ(disk_.read("/d/a", 4).error().code, Errc::too_large);
  EXPECT_EQ(disk_.read("/d", 4).error().code, Errc::invalid_input);
  ASSERT_TRUE((*disk_.append("/d/a"))->write("!").ok());
  ASSERT_TRUE(disk_.rename("/d/a", "/d/b").ok());
  EXPECT_EQ(contents("/d/b"), "bytes!");
  ASSERT_TRUE(disk_.make_folders("/d/x/y").ok());
  EXPECT_EQ(*disk_.list("/d"), (std::vector<std::string>{"b", "x"}));
  EXPECT_EQ(disk_.make_folders("/d/b/c").error().code, Errc::conflict);
  ASSERT_TRUE(disk_.remove("/d/b").ok());
  EXPECT_EQ(disk_.remove("/d/b").error().code, Errc::not_found);
}

TEST_F(MemoryDisk, opens_a_descriptor_to_read_from) {
  create("/d/a", "bytes");
  const auto file = disk_.open("/d/a");
  ASSERT_TRUE(file.ok());
  std::array<char, 8> buffer{};
  EXPECT_EQ(::read(file->get(), buffer.data(), buffer.size()), 5);
  EXPECT_EQ(disk_.open("/d/b").error().code, Errc::not_found);
}

TEST_F(MemoryDisk, loses_bytes_that_were_not_synced) {
  auto file = create("/d/a", "kept");
  ASSERT_TRUE(file->sync().ok());
  ASSERT_TRUE(file->write(" lost").ok());
  ASSERT_TRUE(disk_.sync_folder("/d").ok());
  disk_.crash(UnsyncedNames::lost);
  EXPECT_EQ(contents("/d/a"), "kept");
}

TEST_F(MemoryDisk, loses_a_name_whose_folder_was_not_synced) {
  ASSERT_TRUE(create("/d/a", "bytes")->sync().ok());
  disk_.crash(UnsyncedNames::lost);
  EXPECT_EQ(contents("/d/a"), "(none)");
}

TEST_F(MemoryDisk, may_keep_a_name_and_lose_its_bytes) {
  create("/d/a", "bytes");
  disk_.crash(UnsyncedNames::kept);
  EXPECT_EQ(contents("/d/a"), "");
}

TEST_F(MemoryDisk, undoes_renames_and_removals_that_were_not_synced) {
  ASSERT_TRUE(create("/d/a", "a")->sync().ok());
  ASSERT_TRUE(create("/d/b", "b")->sync().ok());
  ASSERT_TRUE(disk_.sync_folder("/d").ok());
  ASSERT_TRUE(disk_.rename("/d/a", "/d/b").ok());
  disk_.crash(UnsyncedNames::lost);
  EXPECT_EQ(contents("/d/a"), "a");
  EXPECT_EQ(contents("/d/b"), "b");
  ASSERT_TRUE(disk_.remove("/d/a").ok());
  disk_.crash(UnsyncedNames::lost);
  EXPECT_EQ(contents("/d/a"), "a");
}

TEST_F(MemoryDisk, fails_files_that_were_open_when_the_power_was_cut) {
  const auto file = create("/d/a", "bytes");
  disk_.crash(UnsyncedNames::kept);
  EXPECT_EQ(file->write("x").error().code, Errc::unavailable);
  EXPECT_EQ(file->sync().error().code, Errc::unavailable);
  EXPECT_EQ(contents("/d/a"), "");
}

}  // namespace
}  // namespace packhouse
