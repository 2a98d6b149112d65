#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "config/server_configuration.hpp"
#include "http_server/handler_switch.hpp"
#include "http_server/server.hpp"
#include "index/token_service.hpp"
#include "index/upstream_cache.hpp"
#include "index/user_service.hpp"
#include "sys/interrupt_watch.hpp"
#include "sys/settled_clock.hpp"
#include "wiring/data_folder.hpp"
#include "wiring/server_log.hpp"
#include "wiring/site.hpp"
#include "wiring/webhook_sender.hpp"

namespace packhouse::app {

/// All parts of a running server, wired together. Members stand in the order of their dependencies.
class IndexServer {
 public:
  /// Whether a server with that configuration could start now: reads its files and binds, and makes nothing.
  static Status rehearse(const Configuration& configuration);
  /// Makes the indexes that do not exist yet, and binds; serves nothing before run().
  static Result<std::unique_ptr<IndexServer>> open(const Configuration& configuration, DataFolder data,
                                                   ServerLog log);

  /// The tokens of a first start; nothing on any later one. Durable when it returns.
  struct FirstTokens {
    Secret admin;
    Secret read;
  };
  Result<std::optional<FirstTokens>> first_start();

  /// "http://127.0.0.1:8080"
  std::string url() const;
  /// Where it listens, for a proxy in front of it.
  std::string address() const;

  /// Reads the file with which the server was started; empty: it was started without one.
  using ReadAgain = std::function<Result<Configuration>()>;
  /// Serves until SIGTERM or SIGINT, then finishes the requests in flight. After an earlier signal it returns
  /// at once. On SIGHUP it takes the configuration that `read_again` gives: for requests that come from then
  /// on; those in flight are answered by the old one.
  void run(const InterruptWatch& signals, const ReadAgain& read_again);

 private:
  IndexServer(const Configuration& configuration, DataFolder data, ServerLog log);
  Result<std::shared_ptr<Site>> make_site(const Configuration& configuration);
  Status listen();
  void warn_of_few_descriptors() const;
  void examine_clock();
  Status warn_of_wide_networks() const;
  api::Operations operations(const Site& site) const;
  std::vector<api::ReadinessCheck> readiness(const Site& site) const;
  void write_metrics(api::MetricsText& text, const Site& site) const;
  void run_housekeeping();
  void reload_certificate(bool asked);
  void reload(const ReadAgain& read_again);
  Status take_configuration(const Result<Configuration>& read);
  Status begin_webhooks(const std::vector<WebhookAccess>& webhooks);
  void report_unchangeable(const Configuration& next) const;
  void adopt_limits();
  void drop_retired_sites();
  void follow_clock();
  void report_lost_lines();
  void notice_changes();
  void write_uses();
  void expire_sessions();
  void write_downloads();
  void prune_downloads();
  void make_room();

  Configuration configuration_;  // as it is in force; once it runs, of the thread that keeps house
  DataFolder data_;
  const ServerLog server_log_;
  const std::shared_ptr<spdlog::logger> log_ = server_log_.logger;  // not shared: spdlog makes loggers so
  http::IncidentLog incidents_;
  api::UploadCounts uploads_;
  UpstreamRequests upstream_requests_;
  WebhookCounts webhook_counts_;
  SettledClock clock_;
  auth::Authenticator authenticator_;
  index::TokenService tokens_;
  index::UserService users_;
  index::DownloadRecorder downloads_;
  ChangeHub hub_;
  std::vector<std::shared_ptr<Site>> retired_;   // shared with requests that they still answer
  std::shared_ptr<Site> site_;                   // shared likewise
  std::optional<http::HandlerSwitch> handlers_;  // set by listen(), as the next
  std::unique_ptr<http::Server> server_;
  std::optional<index::UpstreamCache> upstream_cache_;  // unset: it has no limit
  std::optional<WebhookSender> webhooks_;               // unset: there are none
  LimitWatch limit_watch_;
  std::int64_t seen_changes_ = 0;
  int rounds_ = 0;
};

}  // namespace packhouse::app
