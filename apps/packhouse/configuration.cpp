#include "configuration.hpp"

#include <fmt/format.h>

#include <toml++/toml.h>
#include <algorithm>
#include <fstream>
#include <iterator>
#include <limits>
#include <span>
#include <vector>

#include "base/text.hpp"

namespace packhouse::app {
namespace {

constexpr std::uintmax_t max_file_bytes = 1U << 20U;

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j)
    row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

std::string suggestion(std::string_view key, std::span<const std::string_view> known) {
  const auto nearest = std::ranges::min_element(
      known, {}, [&](std::string_view candidate) { return edit_distance(key.substr(0, 100), candidate); });
  if (edit_distance(key.substr(0, 100), *nearest) <= 1 + nearest->size() / 4) {
    return fmt::format("did you mean \"{}\"?", *nearest);
  }
  return fmt::format("known here: {}", fmt::join(known, ", "));
}

std::string_view type_name(const toml::node& node) {
  if (node.is_table()) return "a table";
  if (node.is_array()) return "an array";
  if (node.is_string()) return "a string";
  if (node.is_boolean()) return "a boolean";
  if (node.is_integer()) return "an integer";
  if (node.is_floating_point()) return "a fraction";
  return "a date or time";
}

/// One table of the file, read key by key; remembers the first thing that is wrong.
class Reader {
 public:
  Reader(const toml::table& table, std::string_view file, std::string where)
      : table_(table), file_(file), where_(std::move(where)) {}

  Reader& boolean(std::string_view key, bool& target) {
    return with(key, "true or false", [&](const toml::node& node) {
      const auto value = node.value_exact<bool>();
      if (value) target = *value;
      return value.has_value();
    });
  }

  template <typename Integer>
  Reader& integer(std::string_view key, Integer& target) {
    return with(key, "a positive integer", [&](const toml::node& node) {
      const auto value = node.value_exact<std::int64_t>();
      if (!value || *value < 1) return false;
      const auto wide = static_cast<std::uint64_t>(*value);
      if (wide > std::numeric_limits<Integer>::max()) return false;
      target = static_cast<Integer>(wide);
      return true;
    });
  }

  /// `accept` takes the text or says what is wrong with it.
  template <typename Accept>
  Reader& text(std::string_view key, Accept accept) {
    return with(key, "a string", [&](const toml::node& node) {
      const auto value = node.value_exact<std::string>();
      if (!value) return false;
      const Status status = accept(*value);
      if (!status.ok()) fail(node, status.error().message, status.error().hint);
      return true;
    });
  }

  template <typename Visit>
  Reader& table(std::string_view key, Visit visit) {
    return with(key, "a table", [&](const toml::node& node) {
      const auto* inner = node.as_table();
      if (inner == nullptr) return false;
      if (const Status status = visit(*inner); !status.ok() && !error_) error_ = status.error();
      return true;
    });
  }

  /// Whatever was not asked for is unknown.
  Status finish() {
    for (const auto& [key, node] : table_) {
      if (error_ || std::ranges::find(known_, key.str()) != known_.end()) continue;
      error_ = Error{Errc::invalid_input,
                     fmt::format("{}: unknown key {} {}", place(key.source()), quote(key.str()), where_),
                     suggestion(key.str(), known_)};
    }
    if (error_) return *error_;
    return success();
  }

  std::string place(const toml::source_region& source) const {
    return fmt::format("{}:{}:{}", file_, source.begin.line, source.begin.column);
  }

 private:
  template <typename Take>
  Reader& with(std::string_view key, std::string_view expected, Take take) {
    known_.push_back(key);
    const auto* node = table_.get(key);
    if (node == nullptr || error_) return *this;
    if (!take(*node)) {
      fail(*node, fmt::format("expected {} as \"{}\" {}, found {}", expected, key, where_, type_name(*node)));
    }
    return *this;
  }

  void fail(const toml::node& node, std::string_view message, std::string hint = {}) {
    if (error_) return;
    error_ =
        Error{Errc::invalid_input, fmt::format("{}: {}", place(node.source()), message), std::move(hint)};
  }

  const toml::table& table_;
  std::string_view file_;
  std::string where_;
  std::vector<std::string_view> known_;
  std::optional<Error> error_;
};

Status read_limits(const toml::table& table, std::string_view file, Configuration& configuration) {
  return Reader{table, file, "in [limits]"}
      .integer("file-size", configuration.file_size)
      .integer("uploads-in-flight", configuration.uploads_in_flight)
      .integer("page-cache", configuration.page_cache)
      .integer("file-cache", configuration.file_cache)
      .integer("connections", configuration.connections)
      .integer("connections-per-address", configuration.connections_per_address)
      .finish();
}

Status read_index(const toml::table& table, std::string_view file, Configuration& configuration) {
  return Reader{table, file, "in [index]"}
      .table("main",
             [&](const toml::table& main) {
               return Reader{main, file, "in [index.main]"}
                   .boolean("open-reading", configuration.open_reading)
                   .finish();
             })
      .finish();
}

/// A policy's names have dots of their own: "wheel.record.hash" may be written as a quoted key or as tables.
Status read_policy(const toml::table& table, std::string_view file, const std::string& prefix,
                   dist::Policy& policy) {
  for (const auto& [key, node] : table) {
    const auto name = prefix + std::string(key.str());
    if (const auto* inner = node.as_table()) {
      CHECK_OK(read_policy(*inner, file, name + ".", policy));
      continue;
    }
    const auto value = node.is_string()    ? node.value_exact<std::string>()
                       : node.is_integer() ? std::optional{fmt::to_string(*node.value_exact<std::int64_t>())}
                       : node.is_boolean()
                           ? std::optional<std::string>{*node.value_exact<bool>() ? "true" : "false"}
                           : std::nullopt;
    const auto place = fmt::format("{}:{}:{}", file, node.source().begin.line, node.source().begin.column);
    if (!value) {
      return Error{Errc::invalid_input,
                   fmt::format("{}: expected a string, an integer or a boolean as {}", place, quote(name))};
    }
    if (auto set = policy.set(name, *value); !set.ok()) return std::move(set).error().context(place);
  }
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

Status read_all(const toml::table& table, std::string_view file, Configuration& configuration) {
  return Reader{table, file, "at the top"}
      .text("listen", [&](const std::string& text) { return take_listen(text, configuration); })
      .text("data",
            [&](const std::string& text) {
              configuration.data = text;
              return success();
            })
      .text("public-url", [&](const std::string& text) { return take_public_url(text, configuration); })
      .boolean("access-log", configuration.access_log)
      .table("index", [&](const toml::table& inner) { return read_index(inner, file, configuration); })
      .table("limits", [&](const toml::table& inner) { return read_limits(inner, file, configuration); })
      .table("policy",
             [&](const toml::table& inner) { return read_policy(inner, file, "", configuration.policy); })
      .finish();
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
  Configuration configuration;
  try {
    const auto table = toml::parse(text, name);
    CHECK_OK(read_all(table, name, configuration));
  } catch (const toml::parse_error& error) {
    return Error{Errc::invalid_input, fmt::format("{}:{}:{}: {}", name, error.source().begin.line,
                                                  error.source().begin.column, error.description())};
  }
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
