#pragma once

#include <toml++/toml.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace packhouse::app {

/// A table [[webhook]]. No secret is in it.
struct WebhookSettings {
  std::string name;
  std::string url;                       ///< http or https, without a credential
  std::string secret_file;               ///< its first line is the secret that signs
  std::vector<std::string> events = {};  ///< actions of the ledger, and beginnings as "release.*"; empty: all
  bool private_addresses = false;        ///< the receiver may be at an address that is not public
  std::string ca_file = {};              ///< PEM, in place of the system's authorities
};

/// At most 16 tables, no two with the same name.
Result<std::vector<WebhookSettings>> read_webhooks(const toml::array& tables, std::string_view file);

}  // namespace packhouse::app
