#include "sys/file_descriptor.hpp"

#include <unistd.h>

namespace packhouse {

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  if (this != &other) {
    close();
    fd_ = other.release();
  }
  return *this;
}

void FileDescriptor::close() noexcept {
  // Linux frees the number even when close() fails with EINTR: trying again could close another thread's.
  if (valid()) ::close(release());
}

}  // namespace packhouse
