#pragma once

#include <memory>
#include <vector>

#include "base/result.hpp"
#include "config/server_configuration.hpp"
#include "http/client.hpp"
#include "http/connection_rules.hpp"
#include "sys/file_system.hpp"
#include "upstream/name_rules.hpp"
#include "upstream/policy.hpp"
#include "upstream/source.hpp"
#include "wiring/upstream_requests.hpp"

namespace packhouse::app {

/// How one upstream is reached, with its credential.
struct UpstreamAccess {
  upstream::SourceSettings source;
  http::ClientOptions client;
  http::ConnectionRules rules;
};

/// Reads the credentials, from the environment or a file, and what this machine's pip has where that is asked
/// for. invalid_input for an upstream whose password is not there.
Result<std::vector<UpstreamAccess>> open_upstreams(const std::vector<UpstreamSettings>& settings,
                                                   FileSystem& disk);

/// What each of them may give, without its credential.
Result<std::vector<upstream::NamedPolicy>> policies_of(const std::vector<UpstreamSettings>& settings,
                                                       FileSystem& disk);

/// `requests` counts what they ask, and outlives them; null: nothing is counted.
std::vector<std::unique_ptr<upstream::Source>> make_sources(const std::vector<UpstreamAccess>& upstreams,
                                                            UpstreamRequests* requests = nullptr);

}  // namespace packhouse::app
