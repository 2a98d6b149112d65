#pragma once

#include <chrono>

#include "http/headers.hpp"

namespace packhouse::upstream {

inline constexpr std::chrono::seconds usual_lifetime{600};
inline constexpr std::chrono::seconds longest_lifetime = std::chrono::days{1};

/// How long an answer may be used without asking again, for a shared cache (RFC 9111): by `s-maxage` or
/// `max-age`, less its Age; not at all after `no-cache`, `no-store` or `private`, and for what cannot be
/// read; usual_lifetime where the upstream says nothing; never more than longest_lifetime.
std::chrono::seconds lifetime_of(const http::Headers& answer);

/// For how long after its lifetime an answer may be used while it is asked for again (RFC 5861,
/// `stale-while-revalidate`): not at all unless the upstream says so, nor after `must-revalidate`; at most
/// usual_lifetime, since a recall waits for it.
std::chrono::seconds grace_of(const http::Headers& answer);

}  // namespace packhouse::upstream
