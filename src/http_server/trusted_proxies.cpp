#include "http_server/trusted_proxies.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <ranges>

#include "base/text.hpp"

namespace packhouse::http {
namespace {

/// "/python/internal": what may stand in a Location and in a page without being encoded. "//host" would be
/// read as another host's address.
bool is_path_prefix(std::string_view text) {
  const auto is_segment = [](std::string_view segment) {
    const auto allowed = [](char c) {
      return is_ascii_alnum(c) || c == '.' || c == '-' || c == '_' || c == '~';
    };
    return !segment.empty() && segment != "." && segment != ".." && std::ranges::all_of(segment, allowed);
  };
  return text.starts_with('/') && text.size() <= 255 &&
         std::ranges::all_of(split(text.substr(1), '/'), is_segment);
}

/// One text for each address: an IPv4 address that a proxy writes as IPv6 (::ffff:192.0.2.1, RFC 4291 section
/// 2.5.5.2) is the same site to whatever counts by address.
std::string canonical(const std::array<unsigned char, 16>& bytes) {
  constexpr std::array<unsigned char, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  const bool is_v4 = std::equal(mapped.begin(), mapped.end(), bytes.begin());
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(is_v4 ? AF_INET : AF_INET6, bytes.data() + (is_v4 ? mapped.size() : 0), text.data(),
              text.size());
  return text.data();
}

/// What the last `count` proxies stated, the outermost first; what is before that is of the client. At least
/// one element.
std::vector<std::string> stated(const Headers& headers, std::string_view name, std::size_t count) {
  const std::string list = headers.get_all(name);
  std::vector<std::string> elements;
  for (const std::string_view element : split(list, ','))
    elements.emplace_back(trim(element));
  const auto forged = elements.size() - std::min(elements.size(), count);
  elements.erase(elements.begin(), elements.begin() + static_cast<std::ptrdiff_t>(forged));
  return elements;
}

}  // namespace

bool TrustedProxies::parse_address(std::string_view text, Bytes& bytes) noexcept {
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  if (text.empty() || text.size() >= terminated.size()) return false;
  std::ranges::copy(text, terminated.begin());
  bytes = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  return ::inet_pton(AF_INET, terminated.data(), bytes.data() + 12) == 1 ||
         ::inet_pton(AF_INET6, terminated.data(), bytes.data()) == 1;
}

Result<TrustedProxies> TrustedProxies::parse(std::span<const std::string> texts) {
  TrustedProxies proxies;
  for (const std::string_view text : texts) {
    const std::size_t slash = text.find('/');
    Network network;
    const bool is_address = parse_address(text.substr(0, slash), network.base);
    const unsigned longest = text.find(':') == std::string_view::npos ? 32 : 128;
    const auto bits = slash == std::string_view::npos ? longest : parse_decimal(text.substr(slash + 1));
    if (!is_address || !bits || *bits > longest) {
      return Error{Errc::invalid_input,
                   fmt::format("expected an address or a network of a trusted proxy, found {}", quote(text)),
                   "write it as 10.0.0.7 or 10.0.0.0/28"};
    }
    network.text = text;
    network.bits = static_cast<unsigned>(*bits) + (128 - longest);
    proxies.networks_.push_back(network);
  }
  return proxies;
}

std::vector<std::string> TrustedProxies::wide_networks() const {
  constexpr Bytes loopback{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127};
  constexpr unsigned mapped = 96;  // bits in front of an IPv4 address
  std::vector<std::string> wide;
  for (const auto& network : networks_) {
    const bool is_v4 = std::equal(loopback.begin(), loopback.begin() + mapped / 8, network.base.begin());
    const bool is_loopback = network.base.at(12) == loopback.at(12) && network.bits >= mapped + 8;
    if (is_v4 && is_loopback) continue;
    if (network.bits < (is_v4 ? mapped + 24 : 64)) wide.push_back(network.text);
  }
  return wide;
}

bool TrustedProxies::trusts(std::string_view address) const noexcept {
  Bytes bytes{};
  if (!parse_address(address, bytes)) return false;
  return std::ranges::any_of(networks_, [&](const Network& network) {
    const std::size_t whole = network.bits / 8;
    if (std::memcmp(bytes.data(), network.base.data(), whole) != 0) return false;
    const unsigned rest = network.bits % 8;
    const unsigned mask = (0xff00U >> rest) & 0xffU;
    return rest == 0 || ((bytes.at(whole) ^ network.base.at(whole)) & mask) == 0;
  });
}

std::string TrustedProxies::client_of(const std::string& peer, const Headers& headers) const {
  return hops_of(peer, headers).client;
}

TrustedProxies::Hops TrustedProxies::hops_of(const std::string& peer, const Headers& headers) const {
  if (networks_.empty() || !trusts(peer)) return {.client = peer, .proxies = 0};
  const std::string list = headers.get_all("X-Forwarded-For");
  Hops hops{.client = peer, .proxies = 1};
  // From the right: each proxy adds its peer, and entries left of an untrusted address may be forged.
  for (const std::string_view element : split(list, ',') | std::views::reverse) {
    const std::string_view address = trim(element);
    Bytes bytes{};
    if (!parse_address(address, bytes)) break;
    hops.client = canonical(bytes);
    if (!trusts(address)) break;
    ++hops.proxies;
  }
  return hops;
}

void TrustedProxies::describe(Request& request, const std::string& peer, bool encrypted) const {
  request.secure = encrypted;
  request.forwarded_host.clear();
  request.forwarded_prefix.clear();
  if (networks_.empty() || !trusts(peer)) {
    request.peer = peer;
    return;
  }
  const auto [client, count] = hops_of(peer, request.headers);
  request.peer = client;
  request.secure = encrypted || encrypted_;
  const auto schemes = stated(request.headers, "X-Forwarded-Proto", count);
  if (schemes.front() == "https" || schemes.front() == "http") request.secure = schemes.front() == "https";
  const auto host = stated(request.headers, "X-Forwarded-Host", count).front();
  const auto may_stand_in_host = [](char c) {
    return is_ascii_alnum(c) || c == '.' || c == '-' || c == ':' || c == '[' || c == ']';
  };
  if (host.size() <= 255 && std::ranges::all_of(host, may_stand_in_host)) request.forwarded_host = host;
  std::string prefix;
  bool sound = true;
  for (std::string_view part : stated(request.headers, "X-Forwarded-Prefix", count)) {
    while (part.ends_with('/'))
      part.remove_suffix(1);
    sound = sound && (part.empty() || is_path_prefix(part));
    prefix += part;
  }
  if (sound && is_path_prefix(prefix)) request.forwarded_prefix = prefix;
}

}  // namespace packhouse::http
