#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "http_server/message.hpp"

namespace packhouse::routing {

/// The names by which the server may be addressed. A page whose name its owner lets point to this server (DNS
/// rebinding) has the server's origin to the browser, but not one of these names.
class AllowedHosts {
 public:
  AllowedHosts() = default;  ///< every name
  /// "packages.example.org", for any port, or "packages.example.org:8443"; an IPv6 address in brackets.
  /// invalid_input for anything else.
  static Result<AllowedHosts> parse(std::span<const std::string> hosts);

  /// By the Host field, or what a trusted proxy says that it was.
  bool accepts(const http::Request& request) const noexcept;

 private:
  std::vector<std::string> hosts_;
};

}  // namespace packhouse::routing
