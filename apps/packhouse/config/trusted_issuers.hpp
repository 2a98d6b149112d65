#pragma once

#include <toml++/toml.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/publisher.hpp"

namespace packhouse::app {

/// An issuer whose identity tokens the server takes.
struct IssuerSettings {
  IssuerKind kind = IssuerKind::github;
  std::string url;      ///< as its tokens have it; without a slash at its end
  std::string proxy;    ///< in place of those of the environment
  std::string ca_file;  ///< PEM, in place of the system's authorities
};

/// [trusted-publishing] of a server's configuration.
struct TrustedPublishing {
  /// What its identity tokens must be made for; empty: the host of public-url.
  std::string audience;
  std::vector<IssuerSettings> issuers;
};

/// The table [trusted-publishing].
Result<TrustedPublishing> read_trusted_publishing(const toml::table& table, std::string_view file);

/// The audience, if it is not stated, from the server's public address. invalid_input when there are issuers
/// and neither.
Status settle_audience(TrustedPublishing& settings, const std::optional<std::string>& public_url,
                       std::string_view file);

}  // namespace packhouse::app
