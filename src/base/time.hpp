#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace packhouse {

/// UTC, microseconds since 1970: what is stored and shown.
using Timestamp = std::chrono::sys_time<std::chrono::microseconds>;

/// "2026-11-22T10:08:08.000123Z": always six digits of fraction, the most that PEP 700 allows.
std::string to_iso8601(Timestamp time);

/// Reads what to_iso8601 writes and what forges write: "2026-11-22T10:08:08Z", with a fraction of one to nine
/// digits (cut to six) or none, and "Z" or "+hh:mm" or "-hh:mm".
Result<Timestamp> parse_iso8601(std::string_view text);

}  // namespace packhouse
