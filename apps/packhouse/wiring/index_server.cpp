#include "wiring/index_server.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <spdlog/logger.h>

#include <atomic>
#include <exception>
#include <thread>
#include <utility>

#include "base/text.hpp"
#include "http_server/trusted_proxies.hpp"
#include "index/unneeded_blobs.hpp"
#include "sys/free_space.hpp"
#include "sys/hangup_watch.hpp"
#include "sys/write_file.hpp"
#include "wiring/data_statistics.hpp"
#include "wiring/server_metrics.hpp"

namespace packhouse::app {
namespace {

constexpr auto housekeeping_interval = std::chrono::milliseconds{500};
constexpr int rounds_between_downloads = 4;    // two seconds
constexpr int rounds_between_evictions = 10;   // five seconds
constexpr int rounds_between_uses = 120;       // a minute
constexpr int rounds_between_prunings = 7200;  // an hour

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
  CHECK_OK(Site::rehearse(configuration));
  NoRoutes none;
  TRY(const auto server, http::Server::listen(server_options(configuration), none));
  static_cast<void>(server);
  return success();
}

IndexServer::IndexServer(const Configuration& configuration, DataFolder data, ServerLog log)
    : configuration_(configuration),
      data_(std::move(data)),
      server_log_(std::move(log)),
      tokens_(data_.store->access(), clock_, authenticator_),
      users_(data_.store->access(), clock_, authenticator_),
      limit_watch_(data_.store->usage(), *log_) {}

Result<std::shared_ptr<Site>> IndexServer::make_site(const Configuration& configuration) {
  return Site::make(configuration,
                    {.data = data_,
                     .clock = clock_,
                     .authenticator = authenticator_,
                     .tokens = tokens_,
                     .users = users_,
                     .downloads = downloads_,
                     .incidents = incidents_,
                     .uploads = uploads_,
                     .upstream_requests = upstream_requests_,
                     .hub = hub_,
                     .log = *log_},
                    [this](const Site& site) { return operations(site); });
}

/// The site calls them as long as it lives.
api::Operations IndexServer::operations(const Site& site) const {
  return {.readiness = readiness(site),
          .metrics = [this, &site](api::MetricsText& text) { write_metrics(text, site); },
          .open_metrics = site.configuration().open_metrics,
          .names_changed = [this] { hub_.drop_caches(); }};
}

void IndexServer::write_metrics(api::MetricsText& text, const Site& site) const {
  ServerMetrics{.text = text,
                .routes = site.metrics(),
                .incidents = incidents_,
                .uploads = uploads_,
                .upstream_requests = upstream_requests_,
                .webhooks = webhook_counts_,
                .server = *server_,
                .data = data_.path,
                .space = site.space(),
                .lines = *server_log_.lines,
                .clock = clock_,
                .usage = data_.store->usage(),
                .limits = site.limits()}
      .write();
}

/// The names are shown to everybody.
std::vector<api::ReadinessCheck> IndexServer::readiness(const Site& site) const {
  return {{.name = "database",
           .run = [this]() -> Status {
             CHECK_OK(probe_database(data_.path));
             const auto serial = data_.store->catalog().serial(main_index);
             return serial.ok() ? write_probe(*data_.disk, data_.path / "probe") : Status{serial.error()};
           }},
          {.name = "blobs",
           .run = [this] { return write_probe(*data_.disk, data_.path / "blobs" / "tmp" / "probe"); }},
          {.name = "room", .run = [&site] { return check_reserve(site.space()); }}};
}

Result<std::unique_ptr<IndexServer>> IndexServer::open(const Configuration& configuration, DataFolder data,
                                                       ServerLog log) {
  TRY(const auto unfinished, data.blobs->discard_unfinished());
  if (unfinished > 0) log.logger->info("removed {} unfinished files that a crash left", unfinished);
  // Not make_unique: the constructor is private.
  std::unique_ptr<IndexServer> server{new IndexServer(configuration, std::move(data), std::move(log))};
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
  TRY(const auto webhooks, open_webhooks(configuration_.webhooks, *data_.disk));
  TRY(site_, make_site(configuration_));
  adopt_limits();
  handlers_.emplace(site_);
  CHECK_OK(warn_of_wide_networks());
  CHECK_OK(tokens_.refresh());
  TRY(server_, http::Server::listen(server_options(configuration_), *handlers_, &incidents_));
  warn_of_few_descriptors();
  examine_clock();
  return begin_webhooks(webhooks);
}

void IndexServer::warn_of_few_descriptors() const {
  if (server_->max_connections() >= configuration_.connections) return;
  log_->warn("limits.connections is {}, but the process may open so few files that it takes {}",
             configuration_.connections, server_->max_connections());
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

void IndexServer::run(const InterruptWatch& signals, const ReadAgain& read_again) {
  const HangupWatch hangups;
  std::atomic<bool> done{false};
  std::jthread watcher{[&] {
    while (!done) {
      pollfd interrupted{.fd = signals.fd(), .events = POLLIN, .revents = 0};
      ::poll(&interrupted, 1, static_cast<int>(housekeeping_interval.count()));
      if (signals.signal() != 0) return server_->stop();
      const bool asked = hangups.take();
      reload_certificate(asked);
      if (asked && read_again) reload(read_again);
      run_housekeeping();
    }
  }};
  server_->run();
  done = true;
  webhooks_.reset();
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
  drop_retired_sites();
  try {
    follow_clock();
    notice_changes();
    if (clock_.is_settled()) expire_sessions();
    ++rounds_;
    if (rounds_ % rounds_between_downloads == 0) write_downloads();
    if (rounds_ % rounds_between_uses == 0) write_uses();
    if (rounds_ % rounds_between_prunings == 0) prune_downloads();
    if (rounds_ % rounds_between_prunings == 1) limit_watch_.look(site_->limits());  // at a start too
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

/// Of what another configuration cannot change: its name and whether it differs.
void IndexServer::report_unchangeable(const Configuration& next) const {
  const auto report = [this](std::string_view key, bool same) {
    if (!same) log_->warn("{} of the new configuration counts from the next start on", key);
  };
  report("listen", next.listen == configuration_.listen);
  report("data", next.data == configuration_.data);
  report("tls",
         next.tls_certificate == configuration_.tls_certificate && next.tls_key == configuration_.tls_key);
}

/// Either all of it is in force afterwards, or all stays as it was.
void IndexServer::reload(const ReadAgain& read_again) {
  try {
    const auto changed = take_configuration(read_again());
    if (changed.ok()) return log_->info("reloaded the configuration");
    const auto& [code, message, hint] = changed.error();
    log_->error("{}{}{}; the old configuration stays", replace_all(message, "\n", "; "),
                hint.empty() ? "" : ": ", hint);
  } catch (const std::exception& error) {  // a broken database
    log_->error("cannot take the new configuration: {}; the old one stays", error.what());
  }
}

Status IndexServer::take_configuration(const Result<Configuration>& read) {
  if (!read.ok()) return read.error();
  Configuration next = *read;
  TRY(const auto webhooks, open_webhooks(next.webhooks, *data_.disk));
  TRY(auto site, make_site(next));
  CHECK_OK(server_->reconfigure(server_options(next)));
  handlers_->replace(site);
  retired_.push_back(std::exchange(site_, std::move(site)));
  report_unchangeable(next);
  next.listen = configuration_.listen;
  next.data = configuration_.data;
  next.tls_certificate = configuration_.tls_certificate;
  next.tls_key = configuration_.tls_key;
  configuration_ = std::move(next);
  adopt_limits();
  if (const auto begun = begin_webhooks(webhooks); !begun.ok())
    log_->error("cannot begin the webhooks: {}", begun.error().message);
  warn_of_few_descriptors();
  return warn_of_wide_networks();
}

/// Ends those of before.
Status IndexServer::begin_webhooks(const std::vector<WebhookAccess>& webhooks) {
  webhooks_.reset();
  if (webhooks.empty()) return success();
  TRY(const auto found, statistics_of(data_.path));
  webhooks_.emplace(*data_.store, clock_, webhook_counts_, *log_);
  return webhooks_->begin(webhooks, found.ledger_entries);
}

void IndexServer::adopt_limits() {
  upstream_cache_.reset();
  if (configuration_.upstream_cache > 0)
    upstream_cache_.emplace(*data_.store, *data_.blobs, configuration_.upstream_cache);
}

/// Here, since what ends with a site waits for its threads.
void IndexServer::drop_retired_sites() {
  std::erase_if(retired_, [](const std::shared_ptr<Site>& site) { return site.use_count() == 1; });
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

/// The command line may have worked on the data folder.
void IndexServer::notice_changes() {
  const auto now = data_.store->change_counter();
  if (now == seen_changes_) return;
  seen_changes_ = now;
  hub_.drop_caches();
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
  const auto evicted = upstream_cache_->step(
      clock_.now(), [this](const std::string& project) { site_->drop_project(project); });
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
