#include "sys/hash_file.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace packhouse {

Result<std::string_view> read_block(const FileDescriptor& file, const Path& path, std::string& block) {
  while (true) {
    const ssize_t count = ::read(file.get(), block.data(), block.size());
    if (count >= 0) return std::string_view(block).substr(0, static_cast<std::size_t>(count));
    if (errno == EINTR) continue;
    return Error{Errc::unavailable, fmt::format("cannot read {}: {}", path.filename().string(),
                                                std::generic_category().message(errno))};
  }
}

Status read_blocks(const FileDescriptor& file, const Path& path,
                   const std::function<Status(std::string_view)>& sink) {
  std::string block(hash_block_bytes, '\0');
  while (true) {
    TRY(const auto bytes, read_block(file, path, block));
    if (bytes.empty()) return success();
    CHECK_OK(sink(bytes));
  }
}

Result<HashValues> hash_file(FileSystem& disk, const Path& path, HashSet wanted) {
  TRY(const auto file, disk.open(path));
  Hasher hasher(wanted);
  CHECK_OK(read_blocks(file, path, [&](std::string_view bytes) {
    hasher.update(bytes);
    return success();
  }));
  return hasher.finish();
}

}  // namespace packhouse
