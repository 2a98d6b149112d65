#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "config/trusted_issuers.hpp"
#include "config/upstream_settings.hpp"
#include "config/webhook_settings.hpp"
#include "dist/policy.hpp"
#include "model/index_policy.hpp"
#include "model/quotas.hpp"

namespace packhouse::app {

struct ListenAddress {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8080;

  /// "ADDRESS:PORT", an IPv6 address in brackets; port 0 leaves the choice to the system.
  static Result<ListenAddress> parse(std::string_view text);
  /// As it stands in a URL.
  std::string host() const;
  bool operator==(const ListenAddress&) const = default;
};

/// The configuration of one index.
struct IndexConfiguration {
  bool open_reading = false;
  IndexPolicy rules = {};                        ///< its checks are those of [policy] and, over them, its own
  dist::Policy policy = {};                      ///< the same checks, ready to be used
  std::vector<UpstreamSettings> upstreams = {};  ///< in the order in which they are asked
  Quotas quotas = {};                            ///< those of [limits], or its own
};

/// The configuration of a server, read once. docs/configuration.md has a line for each key.
struct Configuration {
  ListenAddress listen;
  std::filesystem::path data = "packhouse-data";
  std::optional<std::string> public_url;  ///< without a slash at the end
  bool access_log = false;
  bool open_metrics = false;                                      ///< /-/metrics needs no credential
  IndexConfiguration main;                                        ///< [index.main]
  std::map<std::string, IndexConfiguration, std::less<>> others;  ///< [index.NAME]

  /// [attestations] trusted-root: a file of Sigstore trusted roots; empty: attestations are not kept
  std::string trusted_root;
  /// [attestations.publishers]: by project, "OWNER/NAME/.github/workflows/FILE"
  std::map<std::string, std::vector<std::string>, std::less<>> publishers;

  TrustedPublishing trusted_publishing;   ///< [trusted-publishing]
  std::vector<WebhookSettings> webhooks;  ///< [[webhook]]

  /// [reserved] names and prefixes: never asked of an upstream
  std::vector<std::string> reserved_names;
  std::vector<std::string> reserved_prefixes;

  // [limits]
  std::uint64_t file_size = 1ULL << 30U;  ///< bytes of one uploaded file
  std::uint32_t uploads_in_flight = 64;
  std::uint64_t free_space = 0;  ///< bytes kept free on the data folder's disk; 0: FreeSpace decides
  std::uint64_t page_cache = 64ULL << 20U;         ///< bytes of pages kept in memory
  std::uint32_t file_cache = 10'000;               ///< addresses of files kept in memory
  std::uint32_t session_seconds = 604'800;         ///< until a session expires that is not extended
  std::uint32_t session_seconds_most = 2'592'000;  ///< from its opening, however often it is extended
  std::uint32_t connections = 4096;
  std::uint32_t connections_per_address = 512;
  std::uint32_t head_size = 16U << 10U;  ///< bytes of a request's head
  std::uint32_t head_timeout = 30'000;   ///< milliseconds, as the two below
  std::uint32_t idle_timeout = 75'000;
  std::uint32_t stall_timeout = 60'000;
  std::uint32_t min_bytes_per_second = 256;
  std::uint32_t min_upload_bytes_per_second = 16U << 10U;
  std::uint32_t changes_burst = 2000;  ///< of one credential, as below
  std::uint32_t changes_per_second = 10;
  std::uint32_t projects = 100'000;
  std::uint32_t files_per_project = 100'000;
  std::uint64_t project_size = 1ULL << 40U;  ///< bytes of a project's files
  std::uint64_t index_size = 0;              ///< bytes of an index's files; 0: no limit
  std::uint32_t sessions_per_project = 20;   ///< open ones, as below
  std::uint32_t sessions_per_owner = 100;
  std::uint32_t download_days = 400;        ///< until a record of a download is removed
  std::uint32_t download_rows = 1'000'000;  ///< records of downloads: the oldest go first
  std::uint64_t upstream_cache = 0;         ///< bytes of upstreams' files that stay stored; 0: all

  std::vector<std::string> trusted_proxies;  ///< addresses and networks
  std::vector<std::string> cors_origins;
  std::vector<std::string> allowed_hosts;
  std::uint32_t hsts_seconds = 31'536'000;     ///< Strict-Transport-Security; 0: not sent
  std::optional<std::string> tls_certificate;  ///< [tls] certificate and key, both or none: PEM files
  std::optional<std::string> tls_key;
};

/// Reads TOML. Everything unknown or of a wrong type is invalid_input with "NAME:LINE:COLUMN: …" and, for a
/// key that is nearly one of ours, that one as the hint. `name` is what the messages call the text.
Result<Configuration> parse_configuration(std::string_view text, std::string_view name);

/// The same for a file; not_found when it does not exist.
Result<Configuration> read_configuration(const std::filesystem::path& path);

}  // namespace packhouse::app
