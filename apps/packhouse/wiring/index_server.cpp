#include "wiring/index_server.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <spdlog/logger.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <iterator>
#include <thread>

#include "http_server/trusted_proxies.hpp"
#include "index/unneeded_blobs.hpp"
#include "sys/free_space.hpp"
#include "sys/hangup_watch.hpp"
#include "sys/write_file.hpp"
#include "wiring/data_statistics.hpp"
#include "wiring/server_metrics.hpp"
#include "wiring/trusted_publishing.hpp"

namespace packhouse::app {
namespace {

constexpr auto housekeeping_interval = std::chrono::milliseconds{500};
constexpr int rounds_between_downloads = 4;    // two seconds
constexpr int rounds_between_evictions = 10;   // five seconds
constexpr int rounds_between_uses = 120;       // a minute
constexpr int rounds_between_prunings = 7200;  // an hour

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

Result<std::map<std::string, std::vector<UpstreamAccess>>> upstreams_of(const Configuration& configuration,
                                                                        FileSystem& disk) {
  std::map<std::string, std::vector<UpstreamAccess>> upstreams;
  TRY(upstreams[std::string(main_index)], open_upstreams(configuration.main.upstreams, disk));
  for (const auto& [name, index] : configuration.others) {
    TRY(upstreams[name], open_upstreams(index.upstreams, disk));
  }
  return upstreams;
}

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

/// What an upload does with the disk.
Status write_probe(FileSystem& disk, const Path& path) {
  static_cast<void>(disk.remove(path));  // of a try that was cut off
  const auto written = write_new_file(disk, path, "probe");
  const auto removed = disk.remove(path);
  CHECK_OK(written);
  return removed;
}

Status check_reserve(const FreeSpace& space) {
  TRY(const auto room, space.look());
  if (room.holds(0)) return success();
  return Error{Errc::unavailable, fmt::format("{} bytes are free on the disk, and limits.free-space keeps {}",
                                              room.free, room.reserve)};
}

/// For a server that never runs.
class NoRoutes final : public http::Handler {
 public:
  std::optional<http::Response> quick(http::Request& /*request*/) override { return std::nullopt; }
  http::BodyPlan plan_body(http::Request& /*request*/) override { return {}; }
  http::Response handle(http::Request& /*request*/) override { return {}; }
};

}  // namespace

Status IndexServer::rehearse(const Configuration& configuration) {
  TRY(const auto attestations, attestations_of(configuration));
  TRY(const auto gate, gate_options(configuration));
  static_cast<void>(attestations);
  static_cast<void>(gate);
  NoRoutes none;
  TRY(const auto server, http::Server::listen(server_options(configuration), none));
  static_cast<void>(server);
  return success();
}

IndexServer::IndexServer(const Configuration& configuration, Settled settled, routing::GateOptions gate,
                         DataFolder data, ServerLog log)
    : configuration_(configuration),
      settled_(std::move(settled)),
      data_(std::move(data)),
      server_log_(std::move(log)),
      tokens_(data_.store->access(), clock_, authenticator_),
      users_(data_.store->access(), clock_, authenticator_),
      publishers_(data_.store->publishers(), data_.store->access(), clock_, authenticator_),
      mint_(configuration_.trusted_publishing.audience, open_issuers(configuration_.trusted_publishing),
            data_.store->publishers(), data_.store->access(), clock_, authenticator_),
      space_(data_.path, reserve_of(configuration_)),
      indexes_(make_indexes({.configuration = configuration_,
                             .data = data_,
                             .clock = clock_,
                             .attestations = settled_.attestations,
                             .identities = settled_.identities,
                             .upstreams = settled_.upstreams,
                             .reserved = settled_.reserved,
                             .watchers = watchers_,
                             .users = users_,
                             .publishers = publishers_,
                             .space = space_,
                             .downloads = downloads_,
                             .incidents = incidents_,
                             .log = *log_})),
      server_routes_(indexes_.front()->context(), tokens_, users_, mint_,
                     routing::BaseUrl{configuration_.public_url}, operations(), *log_),
      gate_(routes(), authenticator_, clock_, *log_, counting(std::move(gate), incidents_)) {
  if (configuration_.upstream_cache > 0)
    upstream_cache_.emplace(*data_.store, *data_.blobs, configuration_.upstream_cache);
}

std::vector<routing::Route> IndexServer::routes() {
  std::vector<routing::Route> table;
  for (const auto& index : indexes_)
    std::ranges::move(index->routes(), std::back_inserter(table));
  return server_routes_.table(std::move(table));
}

api::Operations IndexServer::operations() const {
  return {.readiness = readiness(),
          .metrics = [this](api::MetricsText& text) { write_metrics(text); },
          .open_metrics = configuration_.open_metrics,
          .names_changed = [this] { drop_caches(); }};
}

void IndexServer::write_metrics(api::MetricsText& text) const {
  ServerMetrics{.text = text,
                .routes = gate_.metrics(),
                .incidents = incidents_,
                .server = *server_,
                .data = data_.path,
                .space = space_,
                .lines = *server_log_.lines,
                .clock = clock_}
      .write();
}

/// The names are shown to everybody.
std::vector<api::ReadinessCheck> IndexServer::readiness() const {
  return {{.name = "database",
           .run = [this]() -> Status {
             CHECK_OK(probe_database(data_.path));
             const auto serial = data_.store->catalog().serial(main_index);
             return serial.ok() ? write_probe(*data_.disk, data_.path / "probe") : Status{serial.error()};
           }},
          {.name = "blobs",
           .run = [this] { return write_probe(*data_.disk, data_.path / "blobs" / "tmp" / "probe"); }},
          {.name = "room", .run = [this] { return check_reserve(space_); }}};
}

Result<std::unique_ptr<IndexServer>> IndexServer::open(const Configuration& configuration, DataFolder data,
                                                       ServerLog log) {
  Settled settled;
  TRY(settled.attestations, attestations_of(configuration));
  TRY(settled.upstreams, upstreams_of(configuration, *data.disk));
  TRY(settled.reserved,
      upstream::NameSet::parse(configuration.reserved_names, configuration.reserved_prefixes));
  TRY(auto gate, gate_options(configuration));
  TRY(const auto unfinished, data.blobs->discard_unfinished());
  if (unfinished > 0) log.logger->info("removed {} unfinished files that a crash left", unfinished);
  TRY(settled.identities, settle_indexes(configuration, *data.store, SystemClock().now(), *log.logger));
  // Not make_unique: the constructor is private.
  std::unique_ptr<IndexServer> server{
      new IndexServer(configuration, std::move(settled), std::move(gate), std::move(data), std::move(log))};
  CHECK_OK(server->listen());
  return server;
}

Status IndexServer::warn_of_wide_networks() const {
  TRY(const auto proxies, http::TrustedProxies::parse(configuration_.trusted_proxies));
  for (const auto& network : proxies.wide_networks()) {
    log_->warn(
        "trusted-proxies: every machine in {} can state any address as the client's; list the addresses "
        "of the proxies alone",
        network);
  }
  return success();
}

Status IndexServer::listen() {
  CHECK_OK(warn_of_wide_networks());
  CHECK_OK(tokens_.refresh());
  TRY(server_, http::Server::listen(server_options(configuration_), gate_, &incidents_));
  warn_of_few_descriptors();
  warn_of_open_upstreams();
  examine_clock();
  return success();
}

void IndexServer::warn_of_few_descriptors() const {
  if (server_->max_connections() >= configuration_.connections) return;
  log_->warn("limits.connections is {}, but the process may open so few files that it takes {}",
             configuration_.connections, server_->max_connections());
}

/// The one credential stands for everybody who reads.
void IndexServer::warn_of_open_upstreams() const {
  for (const auto& [name, upstreams] : settled_.upstreams) {
    const auto other = configuration_.others.find(name);
    const auto& index = other == configuration_.others.end() ? configuration_.main : other->second;
    for (const auto& [source, client, rules] : upstreams) {
      if (!index.open_reading || std::holds_alternative<std::monostate>(source.credential)) continue;
      log_->warn(
          "the index {} has open-reading: everybody reads what its credential opens at the upstream {}", name,
          source.url.str());
    }
  }
}

/// Before the last entry, entries and upload times would run backwards; long after it, sessions would expire.
void IndexServer::examine_clock() {
  constexpr std::chrono::days usual{1};
  const auto found = statistics_of(data_.path);
  if (!found.ok()) return;  // readiness says so
  const Timestamp last{std::chrono::microseconds{found->last_entry}};
  if (std::chrono::abs(clock_.now() - last) > usual) clock_.doubt();
  if (clock_.now() >= last) return;
  log_->warn("the clock is at {}, before the last entry of the ledger, of {}: set the machine's clock",
             to_iso8601(clock_.now()), to_iso8601(last));
}

Result<std::optional<IndexServer::FirstTokens>> IndexServer::first_start() {
  TRY(const auto there, tokens_.list());
  if (!there.empty()) return std::optional<FirstTokens>{};
  const Actor actor{.kind = "system", .id = "first start", .address = {}};
  TRY(auto admin, tokens_.create({.label = "administrator of the first start",
                                  .permissions = {Permission::admin},
                                  .project = {},
                                  .expires_in_days = {}},
                                 actor));
  TRY(auto read, tokens_.create({.label = "install line of the first start",
                                 .permissions = {Permission::read},
                                 .project = {},
                                 .expires_in_days = {}},
                                actor));
  return std::optional{FirstTokens{.admin = std::move(admin.secret), .read = std::move(read.secret)}};
}

std::string IndexServer::url() const {
  return configuration_.public_url ? *configuration_.public_url : address();
}

std::string IndexServer::address() const {
  auto listen = configuration_.listen;
  if (listen.address == "0.0.0.0") listen.address = "127.0.0.1";
  if (listen.address == "::") listen.address = "::1";
  return fmt::format("{}://{}:{}", configuration_.tls_certificate ? "https" : "http", listen.host(),
                     server_->port());
}

void IndexServer::run(const InterruptWatch& signals) {
  const HangupWatch hangups;
  std::atomic<bool> done{false};
  std::jthread watcher{[&] {
    while (!done) {
      pollfd interrupted{.fd = signals.fd(), .events = POLLIN, .revents = 0};
      ::poll(&interrupted, 1, static_cast<int>(housekeeping_interval.count()));
      if (signals.signal() != 0) return server_->stop();
      reload_certificate(hangups.take());
      run_housekeeping();
    }
  }};
  server_->run();
  done = true;
  watcher.join();
  try {
    write_uses();
    write_downloads();
  } catch (const std::exception& error) {  // a broken database is no fault of the stop
    log_->error("cannot note what was used and downloaded: {}", error.what());
  }
  log_->info("stopped");
}

void IndexServer::run_housekeeping() {
  report_lost_lines();
  try {
    follow_clock();
    notice_changes();
    if (clock_.is_settled()) expire_sessions();
    ++rounds_;
    if (rounds_ % rounds_between_downloads == 0) write_downloads();
    if (rounds_ % rounds_between_uses == 0) write_uses();
    if (rounds_ % rounds_between_prunings == 0) prune_downloads();
    if (rounds_ % rounds_between_evictions == 0) make_room();
  } catch (const std::exception& error) {  // a broken database: requests fail as well
    log_->error("housekeeping failed: {}", error.what());
  }
}

/// On SIGHUP, and when one of the files was replaced.
void IndexServer::reload_certificate(bool asked) {
  const auto reloaded = server_->reload_certificate(asked);
  if (!reloaded.ok()) {
    log_->error("{}; the old certificate stays", reloaded.error().message);
  } else if (*reloaded) {
    log_->info("reloaded the certificate");
  }
}

void IndexServer::report_lost_lines() {
  const auto lost = server_log_.lines->take_dropped();
  if (lost > 0) log_->warn("{} lines of this log were lost: nothing took them", lost);
}

void IndexServer::follow_clock() {
  const auto jump = clock_.follow();
  if (!jump) return;
  if (!jump->counts) {
    return log_->warn("the clock was set by {} s: this counts once it has stayed so for {} minutes",
                      jump->by.count(), SettledClock::lasts.count());
  }
  log_->warn("the clock has been set by {} s for {} minutes: it counts from now on", jump->by.count(),
             SettledClock::lasts.count());
  examine_clock();
}

void IndexServer::drop_caches() const {
  for (const auto& index : indexes_)
    index->drop_caches();
}

/// The command line may have worked on the data folder.
void IndexServer::notice_changes() {
  const auto now = data_.store->change_counter();
  if (now == seen_changes_) return;
  seen_changes_ = now;
  drop_caches();
  const auto refreshed = tokens_.refresh();
  if (!refreshed.ok()) log_->error("cannot read the tokens: {}", refreshed.error().message);
}

void IndexServer::expire_sessions() {
  const auto expired =
      index::expire_sessions(data_.store->sessions(), clock_.now(), index::SessionLimits{}.kept);
  if (!expired.ok()) return log_->error("cannot expire sessions: {}", expired.error().message);
  if (expired->count == 0) return;
  log_->info("{} sessions expired", expired->count);
  const auto dropped = index::drop_unneeded(data_.store->files(), *data_.blobs, expired->blobs);
  if (!dropped.ok()) log_->error("cannot remove what expired sessions held: {}", dropped.error().message);
}

void IndexServer::write_downloads() {
  const auto written = downloads_.write(data_.store->downloads());
  if (!written.ok()) log_->error("cannot record downloads: {}", written.error().message);
  if (const auto dropped = downloads_.take_dropped(); dropped > 0)
    log_->error("{} downloads were not recorded: too many at once", dropped);
}

void IndexServer::prune_downloads() {
  const auto before = clock_.now() - std::chrono::days{configuration_.download_days};
  const auto removed = data_.store->downloads().prune(before, configuration_.download_rows);
  if (!removed.ok()) return log_->error("cannot remove old downloads: {}", removed.error().message);
  if (*removed > 0) log_->info("removed {} old records of downloads", *removed);
}

void IndexServer::make_room() {
  if (!upstream_cache_) return;
  const auto evicted = upstream_cache_->step(clock_.now(), [this](const std::string& project) {
    for (const auto& index : indexes_)
      index->drop_project(project);
  });
  if (!evicted.ok())
    return log_->error("cannot make room among the files of upstreams: {}", evicted.error().message);
  if (evicted->files > 0)
    log_->info("removed {} files of upstreams ({} bytes) to make room", evicted->files, evicted->bytes);
}

void IndexServer::write_uses() {
  const auto written = tokens_.write_uses();
  if (!written.ok()) log_->error("cannot note when tokens were used: {}", written.error().message);
}

}  // namespace packhouse::app
