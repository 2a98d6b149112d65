#include "http/public_address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string>

#include "base/text.hpp"

namespace packhouse::http {
namespace {

struct Network4 {
  std::uint32_t address;
  unsigned bits;
};

/// The special-purpose registry of IPv4 (RFC 6890), without the networks for documentation, which lead
/// nowhere.
constexpr std::array networks4{Network4{0x00000000, 8},  Network4{0x0A000000, 8},  Network4{0x64400000, 10},
                               Network4{0x7F000000, 8},  Network4{0xA9FE0000, 16}, Network4{0xAC100000, 12},
                               Network4{0xC0000000, 24}, Network4{0xC0A80000, 16}, Network4{0xC6120000, 15},
                               Network4{0xE0000000, 4},  Network4{0xF0000000, 4}};

bool is_public4(std::uint32_t address) noexcept {
  return std::ranges::none_of(networks4, [&](const Network4& network) {
    const auto shift = 32 - network.bits;
    return (address >> shift) == (network.address >> shift);
  });
}

using Bytes6 = std::array<std::uint8_t, 16>;

std::uint32_t embedded4(const Bytes6& bytes, std::size_t at) noexcept {
  return (std::uint32_t{bytes.at(at)} << 24U) | (std::uint32_t{bytes.at(at + 1)} << 16U) |
         (std::uint32_t{bytes.at(at + 2)} << 8U) | bytes.at(at + 3);
}

bool begins_with(const Bytes6& bytes, const std::array<std::uint8_t, 12>& prefix) noexcept {
  return std::equal(prefix.begin(), prefix.end(), bytes.begin());
}

bool is_public6(const Bytes6& bytes) noexcept {
  constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  constexpr std::array<std::uint8_t, 12> nat64{0, 0x64, 0xff, 0x9b};
  if (begins_with(bytes, mapped) || begins_with(bytes, nat64)) return is_public4(embedded4(bytes, 12));
  if (bytes[0] == 0x20 && bytes[1] == 0x02) return is_public4(embedded4(bytes, 2));
  // 2000::/3 is all that is given out (RFC 4291): what is outside of it is local, multicast or nothing.
  return (bytes[0] & 0xe0U) == 0x20U;
}

}  // namespace

bool is_public_address(const sockaddr& address) noexcept {
  if (address.sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof(v4));
    return is_public4(ntohl(v4.sin_addr.s_addr));
  }
  if (address.sa_family != AF_INET6) return false;
  sockaddr_in6 v6{};
  std::memcpy(&v6, &address, sizeof(v6));
  Bytes6 bytes{};
  std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
  return is_public6(bytes);
}

bool may_be_public(std::string_view host) noexcept {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (host.size() >= text.size()) return true;
  std::ranges::copy(host, text.begin());
  in_addr v4{};
  if (::inet_pton(AF_INET, text.data(), &v4) == 1) return is_public4(ntohl(v4.s_addr));
  Bytes6 v6{};
  if (::inet_pton(AF_INET6, text.data(), v6.data()) == 1) return is_public6(v6);
  return !iequals(host, "localhost") && !ascii_lower(host).ends_with(".localhost");
}

}  // namespace packhouse::http
