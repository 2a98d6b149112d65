#pragma once

#include <optional>
#include <string_view>

#include "base/time.hpp"

namespace packhouse {

/// "Sun, 06 Nov 1994 08:49:37 GMT", as servers write it (RFC 9110 section 5.6.7); nullopt for anything else.
std::optional<Timestamp> parse_http_date(std::string_view text);

}  // namespace packhouse
