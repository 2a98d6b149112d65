#pragma once

#include <string_view>
#include <utility>

#include "base/result.hpp"
#include "sys/file_descriptor.hpp"
#include "sys/file_system.hpp"

namespace packhouse {

/// A new folder that only this user can enter (mode 0700, an unpredictable name), under TMPDIR or else /tmp.
/// Destruction removes it with its contents; symbolic links in it are removed, not followed. The leftovers of
/// a killed process, which may hold a credential, are removed by the next process with the same prefix.
class TemporaryFolder {
 public:
  /// unavailable when it cannot be made.
  static Result<TemporaryFolder> make(std::string_view prefix = "packhouse-");

  TemporaryFolder(TemporaryFolder&& other) noexcept
      : path_(std::exchange(other.path_, {})), held_(std::move(other.held_)) {}
  TemporaryFolder& operator=(TemporaryFolder&& other) noexcept;
  ~TemporaryFolder() { remove(); }

  /// Absolute.
  const Path& path() const noexcept { return path_; }

 private:
  TemporaryFolder(Path path, FileDescriptor held) noexcept : path_(std::move(path)), held_(std::move(held)) {}
  void remove() noexcept;
  Path path_;
  FileDescriptor held_;  ///< locked: the folder is in use
};

}  // namespace packhouse
