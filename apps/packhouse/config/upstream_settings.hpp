#pragma once

#include <toml++/toml.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "dist/check_result.hpp"

namespace packhouse::app {

/// An upstream as the configuration or the command line names it. No secret is in it.
struct UpstreamSettings {
  /// The word that stands for the index that this machine's pip is configured with.
  static constexpr std::string_view of_pip = "pip";

  std::string url;                ///< of a Simple API, without a credential; or `pip`
  std::string username;           ///< with one of the next two
  std::string password_variable;  ///< the environment variable that holds the password
  std::string password_file;      ///< or the file whose first line is the password
  std::string proxy;              ///< in place of those of the environment
  std::string ca_file;            ///< PEM, in place of the system's authorities
  bool private_addresses = false;
  std::optional<std::chrono::seconds> fresh_for = {};
  std::vector<std::string> allow = {};  ///< names, and prefixes as "acme-*"; empty: all
  std::vector<std::string> deny = {};
  std::chrono::seconds minimum_age{0};
  bool sdists = true;  ///< as in upstream::SourcePolicy, as the next two
  bool yanked = true;
  bool archived = true;
  dist::Severity checks = dist::Severity::warn;
};

/// A URL or `pip`, with nothing else. invalid_input for what is neither, and for a URL with a credential.
Result<UpstreamSettings> parse_upstream(std::string_view text);

/// The tables [[index.NAME.upstream]]. `where` names the index.
Result<std::vector<UpstreamSettings>> read_upstreams(const toml::array& tables, std::string_view file,
                                                     std::string_view where);

}  // namespace packhouse::app
