#pragma once

#include <string_view>

#include "base/result.hpp"
#include "sys/file_system.hpp"

namespace packhouse {

/// A new folder that only this user can enter (mode 0700, an unpredictable name), under TMPDIR or else /tmp.
/// When it goes, it is removed with all that is in it; symbolic links in it are removed, not followed.
class TemporaryFolder {
 public:
  /// unavailable when it cannot be made.
  static Result<TemporaryFolder> make(std::string_view prefix = "packhouse-");

  TemporaryFolder(TemporaryFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TemporaryFolder& operator=(TemporaryFolder&& other) noexcept;
  ~TemporaryFolder() { remove(); }

  /// Absolute.
  const Path& path() const noexcept { return path_; }

 private:
  explicit TemporaryFolder(Path path) noexcept : path_(std::move(path)) {}
  void remove() noexcept;
  Path path_;
};

}  // namespace packhouse
