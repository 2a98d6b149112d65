#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace packhouse::http {

/// A URL, parsed and printed by one parser (libcurl's), so that no two readers disagree.
struct Url {
  std::string scheme;      ///< lower case
  std::string user;        ///< decoded
  Secret password;         ///< decoded
  std::string host;        ///< lower case, ASCII; an IPv6 literal without brackets
  std::uint16_t port = 0;  ///< the default of the scheme if the text has none
  std::string path;        ///< as written, but without "." and ".." segments; at least "/"
  std::string query;

  /// invalid_input for anything but an absolute http or https URL without a fragment, of printable ASCII.
  static Result<Url> parse(std::string_view text);
  /// RFC 3986 section 5, against this; the reference's fragment is dropped. Credentials stay with a reference
  /// that names no host.
  Result<Url> resolve(std::string_view reference) const;
  /// Without user and password: the form that may be shown and that is requested.
  std::string str() const;
  /// scheme, host and port equal.
  bool same_origin(const Url& other) const;
  bool is_loopback() const;  ///< 127.0.0.0/8, ::1, localhost
  bool has_credentials() const { return !user.empty() || !password.empty(); }
};

}  // namespace packhouse::http
