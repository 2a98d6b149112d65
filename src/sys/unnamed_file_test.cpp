#include "sys/unnamed_file.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "sys/temporary_folder.hpp"

namespace packhouse {
namespace {

TEST(UnnamedFile, keeps_its_bytes_and_has_no_name) {
  const auto folder = TemporaryFolder::make();
  ASSERT_TRUE(folder.ok());
  auto file = UnnamedFile::make(folder->path());
  ASSERT_TRUE(file.ok());
  ASSERT_TRUE(file->write("some ").ok());
  ASSERT_TRUE(file->write("bytes").ok());
  EXPECT_TRUE(std::filesystem::is_empty(folder->path()));
  const FileDescriptor open = std::move(*file).release();
  std::array<char, 16> read{};
  ASSERT_EQ(::pread(open.get(), read.data(), read.size(), 0), 10);
  EXPECT_EQ(std::string_view(read.data(), 10), "some bytes");
}

TEST(UnnamedFile, names_the_folder_that_does_not_support_it) {
  const auto file = UnnamedFile::make("/proc/self");
  ASSERT_FALSE(file.ok());
  EXPECT_EQ(file.error().code, Errc::unavailable);
  EXPECT_TRUE(file.error().message.starts_with("cannot make a temporary file in \"/proc/self\": "))
      << file.error().message;
}

/// Sets the size limit of files that the process writes; returns the earlier limit.
rlimit file_size_limit(rlim_t bytes) {
  rlimit before{};
  EXPECT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit now{.rlim_cur = bytes, .rlim_max = before.rlim_max};
  EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &now), 0);
  return before;
}

TEST(UnnamedFile, a_full_disk_is_unavailable) {
  const auto folder = TemporaryFolder::make();
  ASSERT_TRUE(folder.ok());
  auto file = UnnamedFile::make(folder->path());
  ASSERT_TRUE(file.ok());
  ASSERT_NE(std::signal(SIGXFSZ, SIG_IGN), SIG_ERR);
  const rlimit before = file_size_limit(1024);
  const auto status = file->write(std::string(4096, 'x'));
  file_size_limit(before.rlim_cur);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, Errc::unavailable);
  EXPECT_EQ(status.error().message, "cannot write a temporary file: File too large");
}

}  // namespace
}  // namespace packhouse
