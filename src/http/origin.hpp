#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace packhouse::http {

/// The origin of a page, as a browser states it in an Origin field (RFC 6454 section 6.2).
struct Origin {
  std::string scheme;      ///< "http" or "https"
  std::string host;        ///< lower case; an IPv6 literal in brackets
  std::uint16_t port = 0;  ///< the default of the scheme if the text has none

  /// "https://packages.example.org" or "http://127.0.0.1:8080". nullopt for "null" and everything else,
  /// several origins among them.
  static std::optional<Origin> parse(std::string_view text);
  /// Of an http or https URL without credentials.
  static std::optional<Origin> of_url(std::string_view url);
  /// As browsers write it: without the default port.
  std::string str() const;
  bool operator==(const Origin&) const = default;
};

}  // namespace packhouse::http
