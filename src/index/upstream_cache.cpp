#include "index/upstream_cache.hpp"

#include <utility>

#include "index/unneeded_blobs.hpp"

namespace packhouse::index {

Result<UpstreamCache::Evicted> UpstreamCache::step(
    Timestamp now, const std::function<void(const std::string& project)>& forget) {
  constexpr std::size_t at_once = 64;
  CHECK_OK(drop_unneeded(store_.files(), blobs_, std::exchange(leaving_, {})));
  TRY(const auto candidates, store_.upstreams().least_used(most_));
  Evicted evicted;
  for (const auto& file : candidates) {
    if (evicted.files == at_once) break;
    TRY(const bool gone, store_.upstreams().evict(file.sha256, now));
    if (!gone) continue;
    forget(file.project);
    leaving_.push_back(file.sha256);
    ++evicted.files;
    evicted.bytes += file.size;
  }
  return evicted;
}

}  // namespace packhouse::index
