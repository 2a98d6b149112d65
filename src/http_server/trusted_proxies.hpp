#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "http_server/message.hpp"

namespace packhouse::http {

/// The addresses whose X-Forwarded-For is believed. Immutable once made.
class TrustedProxies {
 public:
  TrustedProxies() = default;
  /// Addresses ("10.0.0.7", "::1") and networks ("10.0.0.0/8"). invalid_input for anything else.
  static Result<TrustedProxies> parse(std::span<const std::string> texts);

  /// The networks, as configured, that are wider than a /24 of IPv4 or a /64 of IPv6 and not of this machine
  /// alone: more than proxies are in them, and each may state any address of a client.
  std::vector<std::string> wide_networks() const;

  /// What a trusted proxy without X-Forwarded-Proto is taken to speak: https, or what it speaks to us.
  void assume_encrypted(bool encrypted) noexcept { encrypted_ = encrypted; }

  bool trusts(std::string_view address) const noexcept;
  /// The sender of a request over a connection from `peer`: the last address in X-Forwarded-For that is not a
  /// trusted proxy's if `peer` is a trusted proxy; else `peer`.
  std::string client_of(const std::string& peer, const Headers& headers) const;
  /// Fills in peer, secure, forwarded_host and forwarded_prefix of a request that came over a connection from
  /// `peer`, encrypted or not. X-Forwarded-Proto, -Host and -Prefix count only from a trusted proxy, and only
  /// if they are well formed. Of a list, to which each proxy adds what it saw, the first element of a trusted
  /// proxy counts, and of prefixes, which each proxy removes in turn, all of them one behind the other.
  void describe(Request& request, const std::string& peer, bool encrypted) const;

 private:
  using Bytes = std::array<std::uint8_t, 16>;  // IPv4 as ::ffff:a.b.c.d
  struct Network {
    Bytes base{};
    unsigned bits = 128;
    std::string text;  ///< as configured
  };
  /// The client, and the trusted proxies that the request came through.
  struct Hops {
    std::string client;
    std::size_t proxies = 0;
  };
  Hops hops_of(const std::string& peer, const Headers& headers) const;
  static bool parse_address(std::string_view text, Bytes& bytes) noexcept;

  std::vector<Network> networks_;
  bool encrypted_ = false;
};

}  // namespace packhouse::http
