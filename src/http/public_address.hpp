#pragma once

#include <sys/socket.h>

#include <string_view>

namespace packhouse::http {

/// Whether an address is one of the public internet: neither loopback, link-local, private, shared (RFC
/// 6598), multicast nor reserved. An IPv6 address that stands for an IPv4 one (mapped, NAT64, 6to4) is judged
/// by that. False for every other family.
bool is_public_address(const sockaddr& address) noexcept;

/// The same for the host of a URL. True for a name, which only its addresses can decide.
bool may_be_public(std::string_view host) noexcept;

}  // namespace packhouse::http
