#include "sys/free_space.hpp"

#include <fmt/format.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace packhouse {

Result<FreeSpace::Room> FreeSpace::look() const {
  struct statvfs found{};
  if (::statvfs(folder_.c_str(), &found) != 0) {
    return Error{Errc::unavailable,
                 fmt::format("cannot look at the disk of {}: {}", quote(folder_.string(), 300),
                             std::generic_category().message(errno))};
  }
  constexpr std::uint64_t most = 1ULL << 30U;
  constexpr std::uint64_t parts = 50;
  const std::uint64_t size = found.f_blocks * found.f_frsize;
  return Room{.free = found.f_bavail * found.f_frsize,
              .reserve = reserve_.value_or(std::min(most, size / parts))};
}

}  // namespace packhouse
