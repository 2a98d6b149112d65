#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "sys/unnamed_file.hpp"

namespace packhouse::api {

/// A body: bytes in memory or, when there are many, in a file.
struct SpooledBody {
  std::string text;
  FileDescriptor file;     ///< valid: the body is in it, and `text` is empty
  std::uint64_t size = 0;  ///< in bytes, wherever they are
};

/// Bytes of unknown number: kept in memory up to a limit, moved into an unnamed file beyond it.
class Spool {
 public:
  /// From here on a file is sent sooner than bytes in memory; see http::Prepared::of_file.
  static constexpr std::size_t default_limit = 32U << 10U;
  explicit Spool(Path folder, std::size_t limit = default_limit)
      : folder_(std::move(folder)), limit_(limit) {}

  /// `unavailable` when the disk takes no more.
  Status write(std::string_view bytes);
  std::uint64_t size() const noexcept { return size_; }
  /// Call once.
  Result<SpooledBody> finish();

 private:
  Status flush();

  const Path folder_;
  const std::size_t limit_;
  std::string text_;  // all there is, or what the file does not have yet
  std::optional<UnnamedFile> file_;
  std::uint64_t size_ = 0;
};

}  // namespace packhouse::api
