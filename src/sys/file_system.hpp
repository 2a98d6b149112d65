#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace packhouse {

using Path = std::filesystem::path;

/// A file being written. Nothing is durable before sync() has succeeded.
class WritableFile {
 public:
  virtual ~WritableFile() = default;
  virtual Status write(std::string_view bytes) = 0;
  /// fdatasync.
  virtual Status sync() = 0;
  /// Asks the kernel to begin writing what was given so far; a hint.
  virtual void start_writeback() noexcept = 0;
};

/// All of the disk that durable code touches, so that tests can lose unsynced bytes and fail any call.
/// `unavailable` for an I/O error or a full disk; `not_found` and `conflict` (exists) where they apply.
/// Thread-safe.
class FileSystem {
 public:
  virtual ~FileSystem() = default;
  /// O_EXCL, mode 0600: conflict if it exists.
  virtual Result<std::unique_ptr<WritableFile>> create(const Path& path) = 0;
  /// O_APPEND, made with mode 0600 if absent.
  virtual Result<std::unique_ptr<WritableFile>> append(const Path& path) = 0;
  /// At most `limit` bytes; too_large beyond.
  virtual Result<std::string> read(const Path& path, std::uint64_t limit) = 0;
  virtual Result<std::uint64_t> size(const Path& path) = 0;
  virtual Status rename(const Path& from, const Path& to) = 0;
  virtual Status remove(const Path& path) = 0;
  virtual Status make_folders(const Path& path) = 0;
  /// fsync of a folder: makes names created, renamed or removed in it durable.
  virtual Status sync_folder(const Path& path) = 0;
  /// Names (not paths) in a folder, sorted.
  virtual Result<std::vector<std::string>> list(const Path& path) = 0;
};

/// The real disk.
std::unique_ptr<FileSystem> make_posix_file_system();

}  // namespace packhouse
