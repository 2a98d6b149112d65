#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace packhouse::upstream {

/// How a page or a file was obtained, for Cache-Status (RFC 9211).
enum class CacheState {
  hit,          ///< from memory, fresh; a file: from the store
  fetched,      ///< the upstream was asked and gave it
  collapsed,    ///< a file: the upstream was being asked already
  revalidated,  ///< the upstream was asked and confirmed the page
  refreshing,   ///< from memory, within its grace; the upstream is being asked
  stale,        ///< the upstream cannot be asked now
};
inline constexpr std::size_t cache_states = 6;

/// How often answers of each kind were given since the start. Thread-safe.
class CacheCounts {
 public:
  void add(CacheState state) noexcept {
    counts_.at(static_cast<std::size_t>(state)).fetch_add(1, std::memory_order_relaxed);
  }
  std::uint64_t of(CacheState state) const noexcept {
    return counts_.at(static_cast<std::size_t>(state)).load(std::memory_order_relaxed);
  }

 private:
  std::array<std::atomic<std::uint64_t>, cache_states> counts_{};
};

}  // namespace packhouse::upstream
