#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "sys/file_descriptor.hpp"

namespace packhouse {

using Path = std::filesystem::path;

/// A file being written; closed on destruction. Used on one thread at a time, except for read_at(). Nothing
/// is durable before sync() has succeeded; after a failed sync() the contents on the disk are unknown:
/// discard the file.
class WritableFile {
 public:
  virtual ~WritableFile() = default;
  /// All of `bytes`, or an error after any part of them.
  virtual Status write(std::string_view bytes) = 0;
  /// Fills `into` with bytes whose write() has returned; from any thread, also during another write().
  /// `unavailable` when the file is shorter.
  virtual Status read_at(std::uint64_t offset, std::span<char> into) = 0;
  /// fdatasync: the bytes, not the name (see FileSystem::sync_folder).
  virtual Status sync() = 0;
  /// Asks the kernel to begin writing out the bytes so far; a hint.
  virtual void start_writeback() noexcept = 0;
};

/// The disk operations of durable code, behind an interface so that tests can lose unsynced bytes and fail
/// any call. `unavailable` for an I/O error, a full disk (the message names the folder) or missing rights;
/// `not_found` and `conflict` (exists) where they apply; `invalid_input` for a name that no disk takes.
/// Thread-safe.
class FileSystem {
 public:
  virtual ~FileSystem() = default;
  /// O_EXCL, mode 0600: conflict if it exists.
  virtual Result<std::unique_ptr<WritableFile>> create(const Path& path) = 0;
  /// O_APPEND, created with mode 0600 if absent.
  virtual Result<std::unique_ptr<WritableFile>> append(const Path& path) = 0;
  /// The whole file; too_large if it has more than `limit` bytes; invalid_input if it is no regular file.
  virtual Result<std::string> read(const Path& path, std::uint64_t limit) = 0;
  /// A regular file for reading, O_CLOEXEC.
  virtual Result<FileDescriptor> open(const Path& path) = 0;
  /// Of a regular file, in bytes.
  virtual Result<std::uint64_t> size(const Path& path) = 0;
  /// Atomic, within one file system; replaces a file named `to`.
  virtual Status rename(const Path& from, const Path& to) = 0;
  /// A file, not a folder.
  virtual Status remove(const Path& path) = 0;
  /// Creates the folder and its missing parents, mode 0700. Success when it exists already.
  virtual Status make_folders(const Path& path) = 0;
  /// fsync of a folder: makes names created, renamed or removed in it durable.
  virtual Status sync_folder(const Path& path) = 0;
  /// Names (not paths) in a folder, sorted.
  virtual Result<std::vector<std::string>> list(const Path& path) = 0;
};

/// The real disk.
std::unique_ptr<FileSystem> make_posix_file_system();

}  // namespace packhouse
