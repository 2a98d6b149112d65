#include "http/retry.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace packhouse::http {
namespace {

using std::chrono::seconds;

// A peer's number of seconds; a day bounds what arithmetic sees.
std::optional<seconds> header_seconds(const http::ClientResponse& response, std::string_view name) {
  const auto value = response.headers.get(name);
  if (!value) return std::nullopt;
  const auto number = parse_decimal(trim(*value));
  if (!number) return std::nullopt;
  return seconds(static_cast<std::int64_t>(std::min<std::uint64_t>(*number, 1ULL << 40U)));
}

seconds doubled(seconds first, int times) {
  return first * (1LL << std::clamp(times, 0, 10));
}

}  // namespace

std::optional<Wait> rate_limit_wait(const http::ClientResponse& response, int earlier, Timestamp now) {
  if (response.status != 403 && response.status != 429) return std::nullopt;
  if (const auto after = header_seconds(response, "retry-after"))
    return Wait{std::max(*after, seconds(1)), "the host asks to wait (Retry-After)"};
  const auto remaining = response.headers.get("x-ratelimit-remaining");
  const auto reset = header_seconds(response, "x-ratelimit-reset");
  if (remaining && trim(*remaining) == "0" && reset) {
    const auto until = Timestamp(*reset) - now;
    const auto whole = std::chrono::ceil<seconds>(until) + seconds(1);
    return Wait{std::max(whole, seconds(1)), "the host's rate limit is used up"};
  }
  const bool says_so = ascii_lower(response.body).find("rate limit") != std::string::npos;
  if (response.status == 429 || says_so)
    return Wait{doubled(seconds(60), earlier), "the host limits the rate of requests"};
  return std::nullopt;
}

std::optional<Wait> failure_wait(int failures, std::string reason) {
  if (failures >= max_failures) return std::nullopt;
  return Wait{doubled(seconds(1), failures - 1), std::move(reason)};
}

}  // namespace packhouse::http
