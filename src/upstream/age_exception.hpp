#pragma once

#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"
#include "model/upstream.hpp"

namespace packhouse::upstream {

/// "NAME" or "NAME==VERSION", for the project and version of an exception; the rest of it is empty.
/// invalid_input for anything else.
Result<AgeException> parse_excepted(std::string_view requirement);

/// The end of an exception that is made now: a day, "2026-12-24", which stands for its first moment (UTC), or
/// a time of ISO 8601. invalid_input for a moment that has passed or is more than 366 days away: an exception
/// without end would be a policy.
Result<Timestamp> parse_end(std::string_view text, Timestamp now);

}  // namespace packhouse::upstream
