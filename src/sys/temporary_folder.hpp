#pragma once

#include <string_view>
#include <utility>

#include "base/result.hpp"
#include "sys/file_descriptor.hpp"
#include "sys/file_system.hpp"

namespace packhouse {

/// A new folder that only this user can enter (mode 0700, an unpredictable name), under TMPDIR or else /tmp.
/// When it goes, it is removed with all that is in it; symbolic links in it are removed, not followed. What a
/// process that was killed left behind, perhaps with a credential in it, the next one with the same prefix
/// removes.
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
  FileDescriptor held_;  ///< locked: somebody is at work in it
};

}  // namespace packhouse
