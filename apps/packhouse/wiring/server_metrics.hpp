#pragma once

#include "api/metrics_text.hpp"
#include "http_server/incident_log.hpp"
#include "http_server/server.hpp"
#include "routing/route_metrics.hpp"
#include "sys/clock.hpp"
#include "sys/file_system.hpp"
#include "sys/free_space.hpp"
#include "sys/line_writer.hpp"

namespace packhouse::app {

/// What /-/metrics shows. docs/operate/metrics.md has a line for each family.
struct ServerMetrics {
  api::MetricsText& text;
  const routing::RouteMetrics& routes;
  const http::IncidentLog& incidents;
  const http::Server& server;
  const Path& data;
  const FreeSpace& space;
  const LineWriter& lines;
  const Clock& clock;

  void write() const;

 private:
  void write_requests() const;
  void write_server() const;
  void write_upstreams() const;
  void write_storage() const;
  void write_database() const;
};

}  // namespace packhouse::app
