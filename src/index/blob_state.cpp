#include "index/blob_state.hpp"

#include <unistd.h>

#include <cerrno>
#include <string>

namespace packhouse::index {

std::string_view to_string(BlobState state) noexcept {
  switch (state) {
    case BlobState::sound:
      return "sound";
    case BlobState::missing:
      return "missing";
    case BlobState::wrong_bytes:
      return "other bytes";
    case BlobState::unreadable:
      return "unreadable";
  }
  return "";
}

BlobReading read_again(BlobStore& blobs, const Sha256& digest) {
  const auto file = blobs.open(digest);
  if (!file.ok()) {
    return {.state = file.error().code == Errc::not_found ? BlobState::missing : BlobState::unreadable};
  }
  Hasher hasher;
  std::string buffer(1U << 20U, '\0');
  BlobReading reading;
  while (true) {
    const auto count = ::read(file->fd(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      reading.state = BlobState::unreadable;
      return reading;
    }
    if (count == 0) break;
    hasher.update(std::string_view(buffer).substr(0, static_cast<std::size_t>(count)));
    reading.size += static_cast<std::uint64_t>(count);
  }
  reading.state = hasher.finish().sha256 == digest ? BlobState::sound : BlobState::wrong_bytes;
  return reading;
}

}  // namespace packhouse::index
