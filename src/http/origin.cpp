#include "http/origin.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace packhouse::http {
namespace {

constexpr std::string_view scheme_end = "://";

std::uint16_t default_port(std::string_view scheme) noexcept {
  return scheme == "https" ? 443 : 80;
}

bool is_host(std::string_view text) noexcept {
  const bool literal = text.starts_with('[') && text.ends_with(']') && text.size() > 2;
  if (literal) text = text.substr(1, text.size() - 2);
  return !text.empty() && std::ranges::all_of(text, [literal](char c) {
    return literal ? hex_digit(c) >= 0 || c == ':' || c == '.'
                   : is_ascii_alnum(c) || c == '.' || c == '-' || c == '_';
  });
}

}  // namespace

std::optional<Origin> Origin::parse(std::string_view text) {
  const auto end = text.find(scheme_end);
  if (end == std::string_view::npos) return std::nullopt;
  Origin origin{.scheme = ascii_lower(text.substr(0, end)), .host = {}, .port = 0};
  if (origin.scheme != "http" && origin.scheme != "https") return std::nullopt;
  origin.port = default_port(origin.scheme);
  auto host = text.substr(end + scheme_end.size());
  const auto colon = host.rfind(':');
  if (colon != std::string_view::npos && !host.ends_with(']')) {
    const auto port = parse_decimal(host.substr(colon + 1));
    if (!port || *port == 0 || *port > 65535) return std::nullopt;
    origin.port = static_cast<std::uint16_t>(*port);
    host = host.substr(0, colon);
  }
  if (!is_host(host)) return std::nullopt;
  origin.host = ascii_lower(host);
  return origin;
}

std::optional<Origin> Origin::of_url(std::string_view url) {
  const auto end = url.find(scheme_end);
  if (end == std::string_view::npos) return std::nullopt;
  return parse(url.substr(0, url.find_first_of("/?#", end + scheme_end.size())));
}

std::string Origin::str() const {
  const auto text = fmt::format("{}://{}", scheme, host);
  return port == default_port(scheme) ? text : fmt::format("{}:{}", text, port);
}

}  // namespace packhouse::http
