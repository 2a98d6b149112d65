#include "routing/change_rate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace packhouse::routing {
namespace {

std::string key_of(const auth::Caller& caller) {
  return caller.token != 0 ? fmt::format("token {}", caller.token) : "user " + caller.user->name;
}

}  // namespace

std::chrono::seconds ChangeRate::take(const auth::Caller& caller, Timestamp now) {
  const double burst = limits_.burst;
  const double rate = limits_.per_second;
  const std::lock_guard lock(mutex_);
  auto& bucket = buckets_.try_emplace(key_of(caller), Bucket{.left = burst, .filled = now}).first->second;
  // A clock that was set back fills nothing.
  const auto passed = std::max(std::chrono::duration<double>(now - bucket.filled).count(), 0.0);
  bucket.left = std::min(burst, bucket.left + passed * rate);
  bucket.filled = now;
  if (bucket.left >= 1) {
    bucket.left -= 1;
    return {};
  }
  return std::chrono::seconds{std::max(static_cast<int>(std::ceil((1 - bucket.left) / rate)), 1)};
}

}  // namespace packhouse::routing
