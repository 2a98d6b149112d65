#include "index/usage.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <system_error>

#include "base/text.hpp"
#include "commands/commands.hpp"
#include "config/server_configuration.hpp"
#include "sys/free_space.hpp"
#include "wiring/data_folder.hpp"
#include "wiring/data_statistics.hpp"

namespace packhouse::app {
namespace {

struct UsageOptions {
  std::string data = "packhouse-data";
  std::optional<std::string> config;
  std::int64_t projects = 10;
  bool json = false;
};

/// All that is shown.
struct Overview {
  index::Usage usage;
  std::vector<index::LimitUse> scarce;
  std::uint64_t database = 0;
  std::optional<FreeSpace::Room> room;
  std::optional<Timestamp> backup;
  std::optional<Timestamp> audit;
};

std::optional<std::uint64_t> free_space_of(const std::optional<Configuration>& configuration) {
  if (!configuration || configuration->free_space == 0) return std::nullopt;
  return configuration->free_space;
}

/// The limits are in the server's configuration; without it there are the defaults.
Result<std::vector<index::LimitUse>> scarce_limits(UsageStore& usage, const Configuration& configuration) {
  TRY(auto all, index::scarce_limits(usage, main_index, configuration.main.quotas));
  for (const auto& [name, index] : configuration.others) {
    TRY(const auto more, index::scarce_limits(usage, name, index.quotas));
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

Result<Overview> read(const UsageOptions& options) {
  std::optional<Configuration> configuration;
  if (options.config) {
    TRY(configuration, read_configuration(*options.config));
  }
  TRY(const auto data, DataFolder::open(options.data, Sharing::beside, Opening::as_it_is));
  Overview found;
  const auto most = static_cast<std::size_t>(options.projects);
  TRY(found.usage, index::read_usage(*data.store, *data.blobs, SystemClock{}.now(), most));
  TRY(found.scarce, scarce_limits(data.store->usage(), configuration.value_or(Configuration{})));
  std::error_code failure;
  for (const auto* name : {"packhouse.db", "packhouse.db-wal"}) {
    const auto size = std::filesystem::file_size(data.path / name, failure);
    if (!failure) found.database += size;
  }
  if (const auto room = FreeSpace(data.path, free_space_of(configuration)).look(); room.ok())
    found.room = *room;
  found.backup = last_change(data.path / last_backup_name);
  found.audit = last_change(data.path / last_audit_name);
  return found;
}

json::Value time_or_null(const std::optional<Timestamp>& time) {
  return time ? json::Value(to_iso8601(*time)) : json::Value(nullptr);
}

json::Object to_json(const Overview& found) {
  auto document = found.usage.to_json();
  json::Array scarce;
  for (const auto& each : found.scarce) {
    scarce.emplace_back(json::Object{
        {"subject", each.subject}, {"limit", each.limit}, {"used", each.used}, {"most", each.most}});
  }
  document["scarce_limits"] = std::move(scarce);
  document["database_bytes"] = found.database;
  if (found.room) document["disk"] = {{"free", found.room->free}, {"reserve", found.room->reserve}};
  document["last_backup"] = time_or_null(found.backup);
  document["last_audit"] = time_or_null(found.audit);
  return document;
}

void print_tables(const index::Usage& usage) {
  constexpr std::string_view of_index = "{:<32}  {:>8}  {:>9}  {:>10}  {:>8}  {:>10}\n";
  fmt::print(of_index, "INDEX", "PROJECTS", "FILES", "SIZE", "SESSIONS", "STAGED");
  for (const auto& each : usage.indexes) {
    fmt::print(of_index, each.index, each.projects, each.files, human_size(each.bytes), each.sessions,
               human_size(each.staged));
  }
  if (usage.largest.empty()) return;
  constexpr std::string_view of_project = "{:<32}  {:<8}  {:>9}  {:>10}\n";
  fmt::print("\n");
  fmt::print(of_project, "LARGEST PROJECTS", "INDEX", "FILES", "SIZE");
  for (const auto& each : usage.largest)
    fmt::print(of_project, each.project, each.index, each.files, human_size(each.bytes));
}

std::string date_or_never(const std::optional<Timestamp>& time) {
  return time ? to_iso8601(*time).substr(0, 16) : "never";
}

void print(const Overview& found) {
  const auto& usage = found.usage;
  print_tables(usage);
  fmt::print("\nuploaded  {} files ({}) in 7 days, {} files ({}) in 30 days\n", usage.week.files,
             human_size(usage.week.bytes), usage.month.files, human_size(usage.month.bytes));
  fmt::print("stored    {} blobs ({}); packhouse gc would remove {} ({})\n", usage.stored.blobs,
             human_size(usage.stored.bytes), usage.stored.unneeded, human_size(usage.stored.unneeded_bytes));
  fmt::print("database  {}\n", human_size(found.database));
  if (found.room) {
    fmt::print("disk      {} free, of which uploads leave {}\n", human_size(found.room->free),
               human_size(found.room->reserve));
  }
  fmt::print("backup    {}\n", date_or_never(found.backup));
  fmt::print("audit     {}\n", date_or_never(found.audit));
  for (const auto& each : found.scarce) {
    fmt::print("scarce    {}: {} of {} of limits.{}\n", each.subject, each.used, each.most, each.limit);
  }
}

Status run_usage(const UsageOptions& options) {
  if (options.projects < 0 || options.projects > 10'000)
    return Error{Errc::invalid_input, "expected --projects from 0 to 10000"};
  TRY(const auto found, read(options));
  if (options.json) {
    fmt::print("{}\n", json::dump_pretty(to_json(found)));
  } else {
    print(found);
  }
  return success();
}

}  // namespace

void register_usage(Command root) {
  const auto options = std::make_shared<UsageOptions>();  // shared by the parser and the action
  const auto command = root.command(
      "usage", "Print what an index holds, how it grows, and which limits it comes near", options, run_usage);
  add_data(command, options->data);
  command.text("--config", options->config, "The server's configuration, for its limits; else the defaults");
  command.number("--projects", options->projects, "How many of the largest projects").show_default();
  command.flag("--json", options->json, "For programs");
}

}  // namespace packhouse::app
