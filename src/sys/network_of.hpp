#pragma once

#include <string>
#include <string_view>

namespace packhouse {

/// What limits count as one client: an IPv4 address, also one that is written as IPv6 (RFC 4291 section
/// 2.5.5.2), or "PREFIX::/64" of an IPv6 address, the least that a customer has (RFC 6177). Any other text is
/// returned as it is.
std::string network_of(std::string_view address);

}  // namespace packhouse
