#pragma once

#include <cstdint>
#include <optional>

#include "base/result.hpp"
#include "sys/file_system.hpp"

namespace packhouse {

/// A part of the disk of a folder that is kept free, so that what must go on when the disk is nearly full
/// can: deletions, blocks, new tokens. Thread-safe.
class FreeSpace {
 public:
  /// `reserve` in bytes; unset: 1 GiB, or a fiftieth of the disk where that is less.
  explicit FreeSpace(Path folder, std::optional<std::uint64_t> reserve = std::nullopt)
      : folder_(std::move(folder)), reserve_(reserve) {}

  struct Room {
    std::uint64_t free = 0;     ///< bytes that this user can still write
    std::uint64_t reserve = 0;  ///< of them, what is kept

    /// Whether `bytes` more leave the reserve.
    bool holds(std::uint64_t bytes) const noexcept { return free >= reserve && free - reserve >= bytes; }
  };
  /// As the file system says it now. `unavailable` where it does not.
  Result<Room> look() const;

 private:
  Path folder_;
  std::optional<std::uint64_t> reserve_;
};

}  // namespace packhouse
