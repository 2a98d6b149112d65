#include "upstream/download.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <latch>
#include <stdexcept>

namespace packhouse::upstream {
namespace {

Download::Stream stream_of(std::uint64_t size) {
  return {.file = std::make_shared<GrowingFile>(FileDescriptor{::memfd_create("test", MFD_CLOEXEC)}),
          .size = size};
}

const Error lost{Errc::unavailable, "lost", {}};

TEST(Download, is_served_once_it_begins) {
  Download download;
  download.begin(stream_of(10));
  const auto begun = download.begun();
  ASSERT_TRUE(begun.ok());
  ASSERT_TRUE(*begun);
  download.grown_to(7);
  EXPECT_EQ((*begun)->file->progress().size, 7U);
  download.end(success());
  EXPECT_EQ((*begun)->file->progress().state, GrowingFile::State::complete);
  EXPECT_TRUE(download.ended().ok());
  EXPECT_FALSE(*download.begun()) << "it is stored";
}

TEST(Download, that_fails_breaks_what_is_served_of_it) {
  Download download;
  download.begin(stream_of(10));
  const auto begun = download.begun();
  download.end(lost);
  EXPECT_EQ((*begun)->file->progress().state, GrowingFile::State::failed);
  EXPECT_EQ(download.ended().error(), lost);
  EXPECT_EQ(download.begun().error(), lost) << "a later caller gets the reason";
}

TEST(Download, that_never_begins_ends_the_wait_for_its_beginning) {
  Download download;
  download.end(success());
  EXPECT_FALSE(*download.begun());
}

TEST(Downloads, are_found_while_they_are_under_way) {
  Downloads downloads;
  TaskThreads threads(1);
  std::latch release{1};
  const auto started = downloads.start("key", threads, [&](Download&) {
    release.wait();
    return success();
  });
  EXPECT_EQ(downloads.find("key"), started);
  EXPECT_EQ(downloads.find("other"), nullptr);
  release.count_down();
  EXPECT_TRUE(started->ended().ok());
  EXPECT_EQ(downloads.find("key"), nullptr) << "gone before its end is known";
}

TEST(Downloads, pass_on_what_their_work_throws) {
  Downloads downloads;
  TaskThreads threads(1);
  const auto started =
      downloads.start("key", threads, [](Download&) -> Status { throw std::runtime_error("broken"); });
  EXPECT_THROW(static_cast<void>(started->ended()), std::runtime_error);
  EXPECT_EQ(downloads.find("key"), nullptr);
}

}  // namespace
}  // namespace packhouse::upstream
