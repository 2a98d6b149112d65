#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/time.hpp"
#include "http/client.hpp"

namespace packhouse::http {

/// How long to wait before the same question is put again, and why.
struct Wait {
  std::chrono::milliseconds time{};
  std::string reason;
};

/// A question is put at most this often when the peer fails (5xx, no answer, no JSON). Rate limits are not
/// failures: they are bounded by the time that may be spent waiting.
inline constexpr int max_failures = 5;

/// What GitHub's documentation asks for, in its order: `Retry-After`; else, with no request remaining, until
/// `x-ratelimit-reset`; else at least a minute, doubled each time. nullopt: the answer is not a rate limit.
/// `earlier` counts the limits met before.
std::optional<Wait> rate_limit_wait(const http::ClientResponse& response, int earlier, Timestamp now);

/// After the `failures`th failure of a question that may be repeated; nullopt: give up.
std::optional<Wait> failure_wait(int failures, std::string reason);

}  // namespace packhouse::http
