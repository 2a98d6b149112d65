#include "wiring/site.hpp"

#include <spdlog/logger.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "http_server/trusted_proxies.hpp"
#include "wiring/trusted_publishing.hpp"

namespace packhouse::app {
namespace {

std::vector<std::unique_ptr<IndexInstance>> make_indexes(const SharedParts& parts) {
  std::vector<std::unique_ptr<IndexInstance>> indexes;
  const auto add = [&](std::string_view name, const IndexConfiguration& configuration) {
    indexes.push_back(std::make_unique<IndexInstance>(std::string(name), configuration, parts));
  };
  add(main_index, parts.configuration.main);
  for (const auto& [name, configuration] : parts.configuration.others)
    add(name, configuration);
  return indexes;
}

std::vector<LimitWatch::Watched> limits_of(const Configuration& configuration) {
  std::vector<LimitWatch::Watched> limits{
      {.index = std::string(main_index), .quotas = configuration.main.quotas}};
  for (const auto& [name, index] : configuration.others)
    limits.push_back({.index = name, .quotas = index.quotas});
  return limits;
}

Result<std::map<std::string, std::vector<UpstreamAccess>>> upstreams_of(const Configuration& configuration,
                                                                        FileSystem& disk) {
  std::map<std::string, std::vector<UpstreamAccess>> upstreams;
  TRY(upstreams[std::string(main_index)], open_upstreams(configuration.main.upstreams, disk));
  for (const auto& [name, index] : configuration.others) {
    TRY(upstreams[name], open_upstreams(index.upstreams, disk));
  }
  return upstreams;
}

Result<routing::GateOptions> gate_options(const Configuration& configuration) {
  TRY(auto hosts, routing::AllowedHosts::parse(configuration.allowed_hosts));
  TRY(auto cors, routing::CorsPolicy::parse(configuration.cors_origins));
  return routing::GateOptions{
      .access_log = configuration.access_log,
      .server = routing::BaseUrl{configuration.public_url},
      .hosts = std::move(hosts),
      .cors = std::move(cors),
      .changes = {.burst = configuration.changes_burst, .per_second = configuration.changes_per_second}};
}

routing::GateOptions counting(routing::GateOptions options, http::IncidentLog& incidents) {
  options.incidents = &incidents;
  return options;
}

std::optional<std::uint64_t> reserve_of(const Configuration& configuration) {
  if (configuration.free_space == 0) return std::nullopt;
  return configuration.free_space;
}

/// The one credential stands for everybody who reads.
void warn_of_open_upstreams(const Configuration& configuration,
                            const std::map<std::string, std::vector<UpstreamAccess>>& upstreams,
                            spdlog::logger& log) {
  for (const auto& [name, accesses] : upstreams) {
    const auto other = configuration.others.find(name);
    const auto& index = other == configuration.others.end() ? configuration.main : other->second;
    for (const auto& access : accesses) {
      if (!index.open_reading || std::holds_alternative<std::monostate>(access.source.credential)) continue;
      log.warn("the index {} has open-reading: everybody reads what its credential opens at the upstream {}",
               name, access.source.url.str());
    }
  }
}

Status check_proxies(const Configuration& configuration) {
  const auto proxies = http::TrustedProxies::parse(configuration.trusted_proxies);
  return proxies.ok() ? success() : Status{proxies.error()};
}

}  // namespace

http::ServerOptions server_options(const Configuration& configuration) {
  http::ServerOptions options;
  options.address = configuration.listen.address;
  options.port = configuration.listen.port;
  options.limits.max_connections = configuration.connections;
  options.limits.max_connections_per_address = configuration.connections_per_address;
  options.limits.max_head_bytes = configuration.head_size;
  options.limits.head_timeout = std::chrono::milliseconds{configuration.head_timeout};
  options.limits.idle_timeout = std::chrono::milliseconds{configuration.idle_timeout};
  options.limits.stall_timeout = std::chrono::milliseconds{configuration.stall_timeout};
  options.limits.min_bytes_per_second = configuration.min_bytes_per_second;
  options.limits.min_body_bytes_per_second = configuration.min_upload_bytes_per_second;
  options.trusted_proxies = configuration.trusted_proxies;
  options.proxies_encrypt = configuration.public_url && configuration.public_url->starts_with("https://");
  options.strict_transport = std::chrono::seconds{configuration.hsts_seconds};
  if (configuration.tls_certificate) {
    options.tls =
        http::TlsFiles{.certificate = *configuration.tls_certificate, .key = *configuration.tls_key};
  }
  return options;
}

Status Site::rehearse(const Configuration& configuration) {
  const auto disk = make_posix_file_system();
  TRY(const auto attestations, attestations_of(configuration));
  TRY(const auto upstreams, upstreams_of(configuration, *disk));
  TRY(const auto reserved,
      upstream::NameSet::parse(configuration.reserved_names, configuration.reserved_prefixes));
  TRY(const auto gate, gate_options(configuration));
  return check_proxies(configuration);
}

Result<std::shared_ptr<Site>> Site::make(const Configuration& configuration, const LastingParts& parts,
                                         const MakeOperations& operations) {
  Settled settled;
  TRY(settled.attestations, attestations_of(configuration));
  TRY(settled.upstreams, upstreams_of(configuration, *parts.data.disk));
  TRY(settled.reserved,
      upstream::NameSet::parse(configuration.reserved_names, configuration.reserved_prefixes));
  TRY(auto gate, gate_options(configuration));
  CHECK_OK(check_proxies(configuration));
  TRY(settled.identities, settle_indexes(configuration, *parts.data.store, parts.clock.now(), parts.log));
  warn_of_open_upstreams(configuration, settled.upstreams, parts.log);
  // Not make_shared: the constructor is private. Shared with the requests that it answers.
  return std::shared_ptr<Site>{
      new Site(configuration, std::move(settled), std::move(gate), parts, operations)};
}

Site::Site(const Configuration& configuration, Settled settled, routing::GateOptions gate,
           const LastingParts& parts, const MakeOperations& operations)
    : configuration_(configuration),
      settled_(std::move(settled)),
      space_(parts.data.path, reserve_of(configuration_)),
      publishers_(parts.data.store->publishers(), parts.data.store->access(), parts.clock,
                  parts.authenticator),
      mint_(configuration_.trusted_publishing.audience, open_issuers(configuration_.trusted_publishing),
            parts.data.store->publishers(), parts.data.store->access(), parts.clock, parts.authenticator),
      indexes_(make_indexes({.configuration = configuration_,
                             .data = parts.data,
                             .clock = parts.clock,
                             .attestations = settled_.attestations,
                             .identities = settled_.identities,
                             .upstreams = settled_.upstreams,
                             .reserved = settled_.reserved,
                             .hub = parts.hub,
                             .users = parts.users,
                             .publishers = publishers_,
                             .space = space_,
                             .downloads = parts.downloads,
                             .incidents = parts.incidents,
                             .uploads = parts.uploads,
                             .upstream_requests = parts.upstream_requests,
                             .log = parts.log})),
      limits_(limits_of(configuration_)),
      server_routes_(indexes_.front()->context(), parts.tokens, parts.users, mint_,
                     routing::BaseUrl{configuration_.public_url}, operations(*this), parts.log),
      gate_(routes(), parts.authenticator, parts.clock, parts.log,
            counting(std::move(gate), parts.incidents)) {}

std::vector<routing::Route> Site::routes() {
  std::vector<routing::Route> table;
  for (const auto& index : indexes_)
    std::ranges::move(index->routes(), std::back_inserter(table));
  return server_routes_.table(std::move(table));
}

void Site::drop_project(std::string_view project) const {
  for (const auto& index : indexes_)
    index->drop_project(project);
}

}  // namespace packhouse::app
