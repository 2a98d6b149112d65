#pragma once

#include <string_view>

namespace packhouse::http {

/// The standard phrase of a status by RFC 9110 section 15 ("Not Found"); "Unknown" for a status without one.
std::string_view standard_reason(int status) noexcept;

}  // namespace packhouse::http
