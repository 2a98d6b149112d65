#include "archive/byte_source.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace packhouse::archive {
namespace {

void require_range(std::uint64_t size, std::uint64_t offset, std::size_t count) {
  if (offset > size || count > size - offset) throw std::out_of_range("read past the end of a byte source");
}

}  // namespace

void MemorySource::read_at(std::uint64_t offset, std::span<char> into) const {
  require_range(bytes_.size(), offset, into.size());
  if (!into.empty()) std::memcpy(into.data(), bytes_.data() + offset, into.size());
}

Result<FileSource> FileSource::open(const std::filesystem::path& path) {
  // O_NONBLOCK: opening a planted FIFO must not block; it has no effect on regular files.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) {
    const int reason = errno;
    const bool absent = reason == ENOENT || reason == ENOTDIR;
    return Error{absent ? Errc::not_found : Errc::unavailable,
                 "cannot open " + quote(path.string()) + ": " + std::generic_category().message(reason)};
  }
  FileSource source{descriptor, 0, true};
  struct stat status{};
  if (::fstat(descriptor, &status) != 0) throw std::system_error(errno, std::generic_category(), "fstat");
  if (!S_ISREG(status.st_mode)) {
    return Error{Errc::invalid_input,
                 "expected a regular file, found something else at " + quote(path.string())};
  }
  source.size_ = static_cast<std::uint64_t>(status.st_size);
  return source;
}

FileSource::~FileSource() {
  if (owned_) ::close(descriptor_);
}

FileSource::FileSource(FileSource&& other) noexcept
    : descriptor_(other.descriptor_), size_(other.size_), owned_(std::exchange(other.owned_, false)) {}

FileSource& FileSource::operator=(FileSource&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(size_, other.size_);
  std::swap(owned_, other.owned_);
  return *this;
}

void FileSource::read_at(std::uint64_t offset, std::span<char> into) const {
  require_range(size_, offset, into.size());
  std::size_t done = 0;
  while (done < into.size()) {
    const auto rest = into.subspan(done);
    const ssize_t got = ::pread(descriptor_, rest.data(), rest.size(), static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw std::system_error(errno, std::generic_category(), "pread");
    if (got == 0) {
      throw std::system_error(std::make_error_code(std::errc::io_error),
                              "the file became shorter while read");
    }
    done += static_cast<std::size_t>(got);
  }
}

}  // namespace packhouse::archive
