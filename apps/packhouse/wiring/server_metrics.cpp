#include "wiring/server_metrics.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <system_error>

#include "index/usage.hpp"
#include "wiring/data_statistics.hpp"

namespace packhouse::app {
namespace {

using Type = api::MetricsText::Type;

constexpr std::array<std::string_view, 5> classes{"1xx", "2xx", "3xx", "4xx", "5xx"};

std::uint64_t size_of(const Path& path) {
  std::error_code failure;
  const auto size = std::filesystem::file_size(path, failure);
  return failure ? 0 : size;
}

double seconds(std::chrono::microseconds time) {
  return std::chrono::duration<double>(time).count();
}

}  // namespace

void ServerMetrics::write() const {
  write_requests();
  write_server();
  write_uploads();
  write_webhooks();
  write_upstreams();
  write_storage();
  write_database();
  write_limits();
}

/// Of routes that were asked for: most are for years not.
void ServerMetrics::write_requests() const {
  text.family("http_requests_total", Type::counter, "Answers, by route and class of status");
  for (const auto& series : routes.series()) {
    for (std::size_t i = 0; i < classes.size(); ++i) {
      const auto count = series.statuses.at(i).value();
      if (count > 0)
        text.sample(count, {{"method", series.method}, {"route", series.route}, {"status", classes.at(i)}});
    }
  }
  text.family("http_request_duration_seconds", Type::histogram,
              "From a request's head to its answer, of uploads with their bodies");
  for (const auto& series : routes.series()) {
    const auto values = series.durations.values();
    if (values.count > 0) text.samples(values, {{"method", series.method}, {"route", series.route}});
  }
  text.family("http_from_memory_total", Type::counter, "Answers served from memory alone");
  for (const auto& series : routes.series()) {
    const auto count = series.from_memory.value();
    if (count > 0) text.sample(count, {{"method", series.method}, {"route", series.route}});
  }
}

void ServerMetrics::write_server() const {
  text.one("connections", Type::gauge, "Open connections", std::uint64_t{server.connections()});
  text.one("connections_max", Type::gauge, "How many there may be", std::uint64_t{server.max_connections()});
  text.family("incidents_total", Type::counter, "What a limit refused or ended, and what clients broke off");
  for (const auto incident : http::all_incidents())
    text.sample(incidents.count(incident), {{"kind", http::to_string(incident)}});
  text.one("log_lines_dropped_total", Type::counter, "Lines of the log that nothing took", lines.dropped());
}

void ServerMetrics::write_uploads() const {
  text.family("uploads_total", Type::counter, "Files that were sent, by what became of them");
  for (std::size_t i = 0; i < api::upload_outcomes; ++i) {
    const auto outcome = static_cast<api::UploadOutcome>(i);
    text.sample(uploads.of(outcome), {{"outcome", api::to_string(outcome)}});
  }
}

void ServerMetrics::write_webhooks() const {
  text.family("webhook_deliveries_total", Type::counter, "Deliveries to webhooks, by what came of a try");
  text.sample(webhooks.delivered.value(), {{"outcome", "delivered"}});
  text.sample(webhooks.failed.value(), {{"outcome", "failed"}});
  text.sample(webhooks.given_up.value(), {{"outcome", "given-up"}});
}

void ServerMetrics::write_upstreams() const {
  text.family("upstream_answers_total", Type::counter,
              "Answers with what an upstream has, by their Cache-Status (RFC 9211)");
  for (const auto& [state, count] : routes.cache_states())
    text.sample(count, {{"cache", state}});
  text.one("upstream_failures_total", Type::counter, "Answers for which an upstream was at fault",
           routes.upstream_failures());
  text.family("upstream_requests_total", Type::counter, "Requests to upstreams, by what came of them");
  for (std::size_t i = 0; i < upstream_request_outcomes; ++i) {
    const auto outcome = static_cast<UpstreamRequestOutcome>(i);
    text.sample(upstream_requests.of(outcome), {{"outcome", to_string(outcome)}});
  }
  text.family("upstream_request_duration_seconds", Type::histogram,
              "From a request to an upstream to the end of its answer");
  text.samples(upstream_requests.durations(), {});
}

void ServerMetrics::write_storage() const {
  text.one("database_bytes", Type::gauge, "Size of the database's file", size_of(data / "packhouse.db"));
  text.one("database_wal_bytes", Type::gauge, "Size of its write-ahead log",
           size_of(data / "packhouse.db-wal"));
  if (const auto room = space.look(); room.ok()) {
    text.one("disk_free_bytes", Type::gauge, "Free on the data folder's disk", room->free);
    text.one("disk_reserve_bytes", Type::gauge, "Which limits.free-space keeps from uploads", room->reserve);
  }
  if (const auto backup = last_change(data / last_backup_name)) {
    text.one("last_backup_timestamp_seconds", Type::gauge, "When the last backup was complete",
             seconds(backup->time_since_epoch()));
  }
  if (const auto audit = last_change(data / last_audit_name)) {
    text.one("last_audit_timestamp_seconds", Type::gauge, "When the last audit found all sound",
             seconds(audit->time_since_epoch()));
  }
  if (const auto collection = last_change(data / last_collection_name)) {
    text.one("last_gc_timestamp_seconds", Type::gauge, "When packhouse gc last removed what is not needed",
             seconds(collection->time_since_epoch()));
  }
}

void ServerMetrics::write_database() const {
  const auto found = statistics_of(data);
  text.one("database_up", Type::gauge, "1: what follows could be read", std::uint64_t{found.ok() ? 1U : 0U});
  if (!found.ok()) return;
  const auto gauge = [this](std::string_view name, std::string_view help, std::int64_t value) {
    text.one(name, Type::gauge, help, static_cast<std::uint64_t>(value));
  };
  gauge("projects", "Projects with files, in all indexes", found->projects);
  gauge("files", "Files in all indexes", found->files);
  gauge("file_bytes", "Bytes of these files; equal ones are stored once", found->bytes);
  gauge("sessions_open", "Publishing sessions that are open", found->open_sessions);
  gauge("ledger_entries", "The last entry's number in the ledger", found->ledger_entries);
  text.one("ledger_last_entry_timestamp_seconds", Type::gauge, "When it was made",
           seconds(std::chrono::microseconds{found->last_entry}));
  text.one("clock_timestamp_seconds", Type::gauge, "The server's time",
           seconds(clock.now().time_since_epoch()));
}

/// The index that uses most of a limit counts: a name would say which there are.
void ServerMetrics::write_limits() const {
  std::map<std::string_view, double> shares;
  const auto all = usage.indexes().value_or(std::vector<IndexUsage>{});
  for (const auto& [name, quotas] : limits) {
    const auto found = std::ranges::find(all, name, &IndexUsage::index);
    for (const auto& [limit, share] : index::limit_shares(found == all.end() ? IndexUsage{} : *found, quotas))
      shares[limit] = std::max(shares[limit], share);
  }
  text.family("limit_used_ratio", Type::gauge, "How much of a limit is used, by what uses most of it");
  for (const auto& [limit, share] : shares)
    text.sample(share, {{"limit", limit}});
}

}  // namespace packhouse::app
