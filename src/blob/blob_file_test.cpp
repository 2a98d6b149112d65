#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "blob/blob_store.hpp"

namespace packhouse {
namespace {

bool is_open(int fd) {
  return ::fcntl(fd, F_GETFD) >= 0;
}

int some_descriptor() {
  return ::open("/dev/null", O_RDONLY | O_CLOEXEC);
}

TEST(BlobFile, closes_its_descriptor_on_destruction) {
  const int fd = some_descriptor();
  {
    const BlobFile file{fd, 3};
    EXPECT_EQ(file.size(), 3U);
    EXPECT_TRUE(is_open(fd));
  }
  EXPECT_FALSE(is_open(fd));
}

TEST(BlobFile, leaves_a_released_descriptor_open) {
  const int fd = some_descriptor();
  EXPECT_EQ(BlobFile(fd, 3).release(), fd);
  EXPECT_TRUE(is_open(fd));
  ::close(fd);
}

TEST(BlobFile, passes_its_descriptor_on_when_moved) {
  const int fd = some_descriptor();
  {
    BlobFile first{fd, 3};
    const BlobFile second{std::move(first)};
    EXPECT_EQ(second.fd(), fd);
    EXPECT_EQ(second.size(), 3U);
  }
  EXPECT_FALSE(is_open(fd));
}

}  // namespace
}  // namespace packhouse
