#pragma once

#include "api/metrics_text.hpp"
#include "api/upload_counts.hpp"
#include "http_server/incident_log.hpp"
#include "http_server/server.hpp"
#include "routing/route_metrics.hpp"
#include "store/usage_store.hpp"
#include "sys/clock.hpp"
#include "sys/file_system.hpp"
#include "sys/free_space.hpp"
#include "sys/line_writer.hpp"
#include "wiring/limit_watch.hpp"
#include "wiring/upstream_requests.hpp"
#include "wiring/webhook_sender.hpp"

namespace packhouse::app {

/// What /-/metrics shows. docs/operate/metrics.md has a line for each family.
struct ServerMetrics {
  api::MetricsText& text;
  const routing::RouteMetrics& routes;
  const http::IncidentLog& incidents;
  const api::UploadCounts& uploads;
  const UpstreamRequests& upstream_requests;
  const WebhookCounts& webhooks;
  const http::Server& server;
  const Path& data;
  const FreeSpace& space;
  const LineWriter& lines;
  const Clock& clock;
  UsageStore& usage;
  const std::vector<LimitWatch::Watched>& limits;  ///< of each index

  void write() const;

 private:
  void write_requests() const;
  void write_server() const;
  void write_uploads() const;
  void write_webhooks() const;
  void write_upstreams() const;
  void write_storage() const;
  void write_database() const;
  void write_limits() const;
};

}  // namespace packhouse::app
