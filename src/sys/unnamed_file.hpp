#pragma once

#include <string_view>

#include "base/result.hpp"
#include "sys/file_descriptor.hpp"
#include "sys/file_system.hpp"

namespace packhouse {

/// A file without a name: it exists until its last descriptor is closed, however the process ends. Used on
/// one thread at a time.
class UnnamedFile {
 public:
  /// On the disk of `folder`. `unavailable` when it cannot be created.
  static Result<UnnamedFile> make(const Path& folder);

  /// All of `bytes`, or `unavailable` (a full disk, …) after any part of them.
  Status write(std::string_view bytes);
  /// Open for reading, too; keeps the bytes written.
  FileDescriptor release() && noexcept { return std::move(file_); }

 private:
  explicit UnnamedFile(FileDescriptor file) noexcept : file_(std::move(file)) {}
  FileDescriptor file_;
};

}  // namespace packhouse
