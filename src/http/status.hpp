#pragma once

#include <string_view>

#include "base/error.hpp"

namespace packhouse::http {

/// The standard phrase of a status by RFC 9110 section 15 ("Not Found"); "Unknown" for a status without one.
std::string_view standard_reason(int status) noexcept;

/// What an error status says about the request: 401 unauthenticated, 403 forbidden, 404 not_found, 409
/// conflict, 410 gone, 413 too_large, 422 refused, 429 rate_limited, 408 and from 500 on unavailable, any
/// other from 400 on invalid_input. A status below 400 is no error status: the peer is not what it was taken
/// for, unavailable.
Errc errc_of_status(int status) noexcept;

}  // namespace packhouse::http
