#include <unistd.h>

#include <utility>

#include "blob/blob_store.hpp"

namespace packhouse {

BlobFile::BlobFile(BlobFile&& other) noexcept : fd_(other.release()), size_(other.size_) {}

BlobFile::~BlobFile() {
  if (fd_ >= 0) ::close(fd_);
}

int BlobFile::release() noexcept {
  return std::exchange(fd_, -1);
}

}  // namespace packhouse
