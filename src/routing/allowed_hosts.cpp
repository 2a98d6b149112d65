#include "routing/allowed_hosts.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "http/origin.hpp"

namespace packhouse::routing {
namespace {

/// Without the port; a literal keeps its brackets.
std::string_view name_of(std::string_view host) noexcept {
  if (host.ends_with(']')) return host;
  return host.substr(0, host.rfind(':'));
}

}  // namespace

Result<AllowedHosts> AllowedHosts::parse(std::span<const std::string> hosts) {
  AllowedHosts allowed;
  for (const std::string& text : hosts) {
    if (!http::Origin::parse("http://" + text)) {
      return Error{Errc::invalid_input,
                   fmt::format("expected a host in allowed-hosts, found {}", quote(text)),
                   "write it as \"packages.example.org\" or \"packages.example.org:8443\""};
    }
    allowed.hosts_.push_back(text);
  }
  return allowed;
}

bool AllowedHosts::accepts(const http::Request& request) const noexcept {
  if (hosts_.empty()) return true;
  const std::string_view host = request.forwarded_host.empty() ? request.headers.get("Host").value_or("")
                                                               : std::string_view{request.forwarded_host};
  return std::ranges::any_of(hosts_, [host](std::string_view allowed) {
    return iequals(host, allowed) || iequals(name_of(host), allowed);
  });
}

}  // namespace packhouse::routing
