#include "config/files_policy.hpp"

#include <fmt/format.h>

#include <optional>
#include <string>

#include "base/text.hpp"

namespace packhouse::app {
namespace {

std::optional<std::string> as_text(const toml::node& node) {
  if (auto text = node.value_exact<std::string>()) return text;
  if (const auto number = node.value_exact<std::int64_t>()) return fmt::to_string(*number);
  if (const auto flag = node.value_exact<bool>()) return *flag ? "true" : "false";
  return std::nullopt;
}

using Take = std::function<Status(const std::string& name, const std::string& value)>;

Status read_below(const toml::table& table, std::string_view file, const std::string& prefix,
                  const Take& take) {
  for (const auto& [key, node] : table) {
    const auto name = prefix + std::string(key.str());
    if (const auto* inner = node.as_table()) {
      CHECK_OK(read_below(*inner, file, name + ".", take));
      continue;
    }
    const auto place = fmt::format("{}:{}:{}", file, node.source().begin.line, node.source().begin.column);
    const auto value = as_text(node);
    if (!value) {
      return Error{Errc::invalid_input,
                   fmt::format("{}: expected a string, an integer or a boolean as {}", place, quote(name))};
    }
    if (auto set = take(name, *value); !set.ok()) return std::move(set).error().context(place);
  }
  return success();
}

}  // namespace

Status read_files_policy(const toml::table& table, std::string_view file, dist::Policy& policy) {
  return read_below(table, file, "", [&](const std::string& name, const std::string& value) {
    return policy.set(name, value);
  });
}

Status read_files_settings(const toml::table& table, std::string_view file, FilesSettings& settings) {
  dist::Policy judge;
  return read_below(table, file, "", [&](const std::string& name, const std::string& value) -> Status {
    CHECK_OK(judge.set(name, value));
    settings[name] = value;
    return success();
  });
}

}  // namespace packhouse::app
