#include "config/server_configuration.hpp"

#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <limits>

#include "base/text.hpp"
#include "config/files_policy.hpp"
#include "config/toml_reader.hpp"
#include "pep/project_name.hpp"

namespace packhouse::app {
namespace {

constexpr std::uintmax_t max_file_bytes = 1U << 20U;
constexpr std::chrono::seconds longest_closing = std::chrono::days{3650};
/// Of an index that says nothing: those of [limits] hold.
constexpr Quotas without_limits{.projects = 0, .files_per_project = 0, .project_size = 0, .index_size = 0};

Status read_limits(const toml::table& table, std::string_view file, Configuration& configuration) {
  return TomlReader{table, file, "in [limits]"}
      .integer("file-size", configuration.file_size)
      .integer("uploads-in-flight", configuration.uploads_in_flight)
      .integer("free-space", configuration.free_space)
      .integer("page-cache", configuration.page_cache)
      .integer("file-cache", configuration.file_cache)
      .integer("session-seconds", configuration.session_seconds)
      .integer("session-seconds-most", configuration.session_seconds_most)
      .integer("connections", configuration.connections)
      .integer("connections-per-address", configuration.connections_per_address)
      .integer("head-size", configuration.head_size)
      .integer("head-timeout", configuration.head_timeout)
      .integer("idle-timeout", configuration.idle_timeout)
      .integer("stall-timeout", configuration.stall_timeout)
      .integer("min-bytes-per-second", configuration.min_bytes_per_second)
      .integer("min-upload-bytes-per-second", configuration.min_upload_bytes_per_second)
      .integer("changes-burst", configuration.changes_burst)
      .integer("changes-per-second", configuration.changes_per_second)
      .integer("projects", configuration.projects)
      .integer("files-per-project", configuration.files_per_project)
      .integer("project-size", configuration.project_size)
      .integer("index-size", configuration.index_size)
      .integer("sessions-per-project", configuration.sessions_per_project)
      .integer("sessions-per-owner", configuration.sessions_per_owner)
      .integer("download-days", configuration.download_days)
      .integer("download-rows", configuration.download_rows)
      .integer("upstream-cache", configuration.upstream_cache)
      .finish();
}

/// `upstreams`, addresses alone.
Status take_upstreams(const std::vector<std::string>& addresses, IndexConfiguration& index) {
  for (const auto& address : addresses) {
    TRY(auto upstream, parse_upstream(address));
    index.upstreams.push_back(std::move(upstream));
  }
  return success();
}

/// Either `upstreams` or tables [[index.NAME.upstream]]: with both their order would be anyone's guess.
Status read_index_upstreams(const toml::table& table, std::string_view file, std::string_view name,
                            const std::vector<std::string>& addresses, IndexConfiguration& index) {
  const auto where = fmt::format("in [index.{}]", name);
  CHECK_OK(take_upstreams(addresses, index));
  const auto* tables = table.get_as<toml::array>("upstream");
  if (tables == nullptr) return success();
  if (!addresses.empty()) {
    return Error{Errc::invalid_input,
                 fmt::format("{}: expected upstreams or [[index.{}.upstream]], found both", file, name),
                 {}};
  }
  TRY(index.upstreams, read_upstreams(*tables, file, where));
  return success();
}

Status read_reserved(const toml::table& table, std::string_view file, Configuration& configuration) {
  return TomlReader{table, file, "in [reserved]"}
      .texts("names", configuration.reserved_names)
      .texts("prefixes", configuration.reserved_prefixes)
      .finish();
}

/// The limits of one index. What is left out is 0 until complete().
Status read_index_limits(const toml::table& table, std::string_view file, std::string_view name,
                         Quotas& quotas) {
  return TomlReader{table, file, fmt::format("in [index.{}.limits]", name)}
      .integer("projects", quotas.projects)
      .integer("files-per-project", quotas.files_per_project)
      .integer("project-size", quotas.project_size)
      .integer("index-size", quotas.index_size)
      .finish();
}

Status read_index(const toml::table& table, std::string_view file, std::string_view name,
                  IndexConfiguration& index) {
  std::chrono::seconds closes_after{0};
  std::vector<std::string> upstreams;
  index.quotas = without_limits;
  CHECK_OK(
      TomlReader(table, file, fmt::format("in [index.{}]", name))
          .boolean("open-reading", index.open_reading)
          .boolean("immutable", index.rules.immutable)
          .boolean("uploads", index.rules.uploads)
          .texts("copy-from", index.rules.copy_from)
          .seconds("closes-after", closes_after)
          .texts("upstreams", upstreams)
          .with("upstream", "tables such as [[index.main.upstream]]",
                [](const toml::node& node) { return node.is_array(); })
          .table("limits",
                 [&](const toml::table& inner) { return read_index_limits(inner, file, name, index.quotas); })
          .table(
              "policy",
              [&](const toml::table& inner) { return read_files_settings(inner, file, index.rules.checks); })
          .finish());
  CHECK_OK(read_index_upstreams(table, file, name, upstreams, index));
  if (closes_after > longest_closing) {
    return Error{Errc::invalid_input,
                 fmt::format("{}: closes-after in [index.{}]: expected at most {} seconds, found {}", file,
                             name, longest_closing.count(), closes_after.count()),
                 "a release that never closes is one that never stays the same"};
  }
  if (closes_after.count() > 0) index.rules.closes_after = closes_after;
  return success();
}

Status read_index(const toml::key& key, const toml::node& node, std::string_view file,
                  Configuration& configuration) {
  const auto place = fmt::format("{}:{}:{}", file, node.source().begin.line, node.source().begin.column);
  const auto* inner = node.as_table();
  if (inner == nullptr) {
    return Error{Errc::invalid_input,
                 fmt::format("{}: expected a table as {} in [index]", place, quote(key.str())),
                 "such as [index.staging]"};
  }
  const auto name = parse_index_name(key.str());
  if (!name.ok()) return name.error().context(place);
  auto& index = *name == "main" ? configuration.main : configuration.others[*name];
  return read_index(*inner, file, *name, index);
}

Status read_indexes(const toml::table& table, std::string_view file, Configuration& configuration) {
  std::vector<Error> errors;
  for (const auto& [key, node] : table) {
    if (const auto read = read_index(key, node, file, configuration); !read.ok())
      errors.push_back(read.error());
  }
  if (errors.empty()) return success();
  return combined(errors);
}

/// An index takes from [limits] what its own table does not set.
Quotas completed(const Quotas& own, const Configuration& configuration) {
  const auto choose = [](std::uint64_t mine, std::uint64_t common) { return mine > 0 ? mine : common; };
  return {.projects = choose(own.projects, configuration.projects),
          .files_per_project = choose(own.files_per_project, configuration.files_per_project),
          .project_size = choose(own.project_size, configuration.project_size),
          .index_size = choose(own.index_size, configuration.index_size),
          .sessions_per_project = configuration.sessions_per_project,
          .sessions_per_owner = configuration.sessions_per_owner};
}

/// The checks of [policy] hold in every index that does not say otherwise.
Status complete(std::string_view name, const FilesSettings& settings, const Configuration& configuration,
                IndexConfiguration& index) {
  index.quotas = completed(index.quotas, configuration);
  index.rules.checks.insert(settings.begin(), settings.end());
  for (const auto& [setting, value] : index.rules.checks)
    CHECK_OK(index.policy.set(setting, value));
  for (const auto& source : index.rules.copy_from) {
    const bool known = source == "main" || configuration.others.contains(source);
    if (known && source != name) continue;
    return Error{Errc::invalid_input,
                 fmt::format("copy-from in [index.{}]: expected the name of another index, found {}", name,
                             quote(source)),
                 "every index but main needs a table [index.NAME]"};
  }
  return success();
}

Status complete(const FilesSettings& settings, Configuration& configuration) {
  CHECK_OK(complete("main", settings, configuration, configuration.main));
  for (auto& [name, index] : configuration.others)
    CHECK_OK(complete(name, settings, configuration, index));
  return success();
}

Status read_tls(const toml::table& table, std::string_view file, Configuration& configuration) {
  std::string certificate;
  std::string key;
  CHECK_OK(TomlReader{table, file, "in [tls]"}.text("certificate", certificate).text("key", key).finish());
  if (certificate.empty() || key.empty()) {
    return Error{Errc::invalid_input, fmt::format("{}:{}: expected both certificate and key in [tls]", file,
                                                  table.source().begin.line)};
  }
  configuration.tls_certificate = std::move(certificate);
  configuration.tls_key = std::move(key);
  return success();
}

Status take_listen(std::string_view text, Configuration& configuration) {
  TRY(configuration.listen, ListenAddress::parse(text));
  return success();
}

Status take_public_url(std::string_view text, Configuration& configuration) {
  while (text.ends_with('/'))
    text.remove_suffix(1);
  const bool web = text.starts_with("https://") || text.starts_with("http://");
  if (!web || text.find_first_of("@?# \"<>") != std::string_view::npos) {
    return Error{Errc::invalid_input,
                 fmt::format("expected an http or https URL as public-url, found {}", quote(text)),
                 "such as \"https://packages.example.org\": no credentials, no query"};
  }
  configuration.public_url = std::string(text);
  return success();
}

Status read_publishers(const toml::table& table, std::string_view file, Configuration& configuration) {
  TomlReader reader(table, file, "in [attestations.publishers]");
  for (const auto& [key, unused] : table) {
    const auto project = ProjectName::parse(key.str());
    if (!project.ok()) return project.error().context(fmt::format("{}: [attestations.publishers]", file));
    reader.texts(key.str(), configuration.publishers[project->str()]);
  }
  return reader.finish();
}

Status read_attestations(const toml::table& table, std::string_view file, Configuration& configuration) {
  CHECK_OK(TomlReader(table, file, "in [attestations]")
               .text("trusted-root", configuration.trusted_root)
               .table("publishers",
                      [&](const toml::table& inner) { return read_publishers(inner, file, configuration); })
               .finish());
  if (!configuration.trusted_root.empty()) return success();
  return Error{Errc::invalid_input, fmt::format("{}: expected \"trusted-root\" in [attestations]", file),
               "name a file made by `gh attestation trusted-root`"};
}

bool take_hsts_seconds(const toml::node& node, std::uint32_t& seconds) {
  const auto value = node.value_exact<std::int64_t>();
  if (!value || *value < 0 || *value > std::numeric_limits<std::uint32_t>::max()) return false;
  seconds = static_cast<std::uint32_t>(*value);
  return true;
}

Status read_all(const toml::table& table, std::string_view file, Configuration& configuration) {
  FilesSettings settings;
  configuration.main.quotas = without_limits;
  CHECK_OK(
      TomlReader{table, file, "at the top"}
          .text_with("listen", [&](const std::string& text) { return take_listen(text, configuration); })
          .text_with("data",
                     [&](const std::string& text) {
                       configuration.data = text;
                       return success();
                     })
          .text_with("public-url",
                     [&](const std::string& text) { return take_public_url(text, configuration); })
          .boolean("access-log", configuration.access_log)
          .boolean("open-metrics", configuration.open_metrics)
          .table("tls", [&](const toml::table& inner) { return read_tls(inner, file, configuration); })
          .texts("trusted-proxies", configuration.trusted_proxies)
          .texts("cors-origins", configuration.cors_origins)
          .texts("allowed-hosts", configuration.allowed_hosts)
          .with("hsts-seconds", "a number of seconds, or 0",
                [&](const toml::node& node) { return take_hsts_seconds(node, configuration.hsts_seconds); })
          .table("attestations",
                 [&](const toml::table& inner) { return read_attestations(inner, file, configuration); })
          .table("index", [&](const toml::table& inner) { return read_indexes(inner, file, configuration); })
          .with("webhook", "tables as [[webhook]]", [&](const toml::node& node) { return node.is_array(); })
          .table("reserved",
                 [&](const toml::table& inner) { return read_reserved(inner, file, configuration); })
          .table("trusted-publishing",
                 [&](const toml::table& inner) -> Status {
                   TRY(configuration.trusted_publishing, read_trusted_publishing(inner, file));
                   return success();
                 })
          .table("limits", [&](const toml::table& inner) { return read_limits(inner, file, configuration); })
          .table("policy",
                 [&](const toml::table& inner) { return read_files_settings(inner, file, settings); })
          .finish());
  CHECK_OK(settle_audience(configuration.trusted_publishing, configuration.public_url, file));
  if (const auto* tables = table.get_as<toml::array>("webhook")) {
    TRY(configuration.webhooks, read_webhooks(*tables, file));
  }
  return complete(settings, configuration);
}

}  // namespace

Result<ListenAddress> ListenAddress::parse(std::string_view text) {
  const Error wrong{Errc::invalid_input,
                    fmt::format("expected ADDRESS:PORT to listen on, found {}", quote(text)),
                    "such as 127.0.0.1:8080 or [::1]:8080; port 0 takes a free one"};
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return wrong;
  auto address = text.substr(0, colon);
  const auto port = parse_decimal(text.substr(colon + 1));
  if (!port || *port > 65535) return wrong;
  const bool bracketed = address.starts_with('[') && address.ends_with(']');
  if (bracketed) address = address.substr(1, address.size() - 2);
  if (address.empty() || bracketed != (address.find(':') != std::string_view::npos)) return wrong;
  return ListenAddress{.address = std::string(address), .port = static_cast<std::uint16_t>(*port)};
}

std::string ListenAddress::host() const {
  return address.find(':') == std::string::npos ? address : fmt::format("[{}]", address);
}

Result<Configuration> parse_configuration(std::string_view text, std::string_view name) {
  TRY(const auto table, parse_toml(text, name));
  Configuration configuration;
  CHECK_OK(read_all(table, name, configuration));
  return configuration;
}

Result<Configuration> read_configuration(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file)
    return Error{Errc::not_found, fmt::format("cannot read the configuration {}", quote(path.string()))};
  std::error_code ignored;
  if (std::filesystem::file_size(path, ignored) > max_file_bytes) {
    return Error{Errc::too_large, fmt::format("the configuration {} is over {}", quote(path.string()),
                                              human_size(max_file_bytes))};
  }
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return parse_configuration(text, path.filename().string());
}

}  // namespace packhouse::app
