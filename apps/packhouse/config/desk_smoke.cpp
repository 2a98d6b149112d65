#include "config/desk_smoke.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>

#include "base/text.hpp"
#include "config/toml_reader.hpp"
#include "pep/project_name.hpp"
#include "pep/requirement.hpp"

namespace packhouse::app {
namespace {

/// What a JSON document can hold and be compared with.
std::optional<json::Value> json_of(const toml::node& node) {
  if (const auto text = node.value_exact<std::string>()) return json::Value(*text);
  if (const auto number = node.value_exact<std::int64_t>()) return json::Value(*number);
  if (const auto flag = node.value_exact<bool>()) return json::Value(*flag);
  return std::nullopt;
}

/// The keys of a command that is a table, beside "run".
bool take_expectations(const toml::table& table, smoke::SmokeCommand& command) {
  using enum smoke::Expectation::Kind;
  for (const auto& [key, node] : table) {
    if (key == "run" || key == "equals") continue;
    const auto text = node.value_exact<std::string>();
    const bool known = key == "contains" || key == "matches" || key == "json";
    if (!known || !text) return false;
    command.expects.push_back({.kind = key == "contains" ? contains : (key == "matches" ? matches : json),
                               .text = *text,
                               .equals = std::nullopt});
    if (key != "json" || !table.contains("equals")) continue;
    command.expects.back().equals = json_of(*table.get("equals"));
    if (!command.expects.back().equals) return false;
  }
  return table.contains("json") || !table.contains("equals");
}

/// Run by its absolute path in the environment's folder of scripts: a path of one's own has no place there.
bool take_smoke_command(const toml::node& node, smoke::SmokeCommand& command) {
  const auto* table = node.as_table();
  const toml::node* words = table != nullptr ? table->get("run") : &node;
  if (words == nullptr || !words->is_array() || !take_texts(*words, command.words)) return false;
  const std::string& name = command.words.front();
  if (name.find('/') != std::string::npos || name == "..") return false;
  return table == nullptr || take_expectations(*table, command);
}

bool take_smoke_commands(const toml::node& node, std::vector<smoke::SmokeCommand>& commands) {
  const auto* list = node.as_array();
  if (list == nullptr) return false;
  for (const auto& item : *list) {
    commands.emplace_back();
    if (!take_smoke_command(item, commands.back())) return false;
  }
  return true;
}

/// "3.12" is the program python3.12; anything else is a path, or a program's name.
std::string python_program(const std::string& text) {
  const auto parts = split(text, '.');
  const bool version = parts.size() == 2 && parse_decimal(parts[0]) && parse_decimal(parts[1]);
  return version ? "python" + text : text;
}

bool is_module_name(std::string_view text) {
  const auto is_word = [](std::string_view word) {
    const auto allowed = [](char c) { return is_ascii_alnum(c) || c == '_'; };
    return !word.empty() && !is_ascii_digit(word.front()) && std::ranges::all_of(word, allowed);
  };
  return std::ranges::all_of(split(text, '.'), is_word);
}

/// Extras in their normal form (PEP 685), which is that of a project's name.
bool take_extras(const toml::node& node, std::vector<std::string>& extras) {
  if (!take_texts(node, extras)) return false;
  for (std::string& extra : extras) {
    auto name = ProjectName::parse(extra);
    if (!name.ok()) return false;
    extra = name->str();
  }
  return true;
}

/// Without an address: everything comes from the index.
bool take_requirements(const toml::node& node, std::vector<std::string>& requirements) {
  if (!take_texts(node, requirements)) return false;
  for (std::string& text : requirements) {
    const auto requirement = Requirement::parse(text);
    if (!requirement.ok() || requirement->url()) return false;
    text = requirement->str();
  }
  return true;
}

bool is_install_client(std::string_view text) {
  return text == "pip" || text == "uv";
}

Status check_expectations(const smoke::SmokePolicy& smoke, std::string_view file) {
  for (const auto& command : smoke.commands) {
    for (const auto& expectation : command.expects) {
      const Status status = smoke::check_expectation(expectation);
      if (!status.ok()) return Error(status.error()).context(fmt::format("{}: [smoke] commands", file));
    }
  }
  return success();
}

constexpr auto isolation_words =
    std::to_array<std::pair<std::string_view, smoke::Isolation>>({{"automatic", smoke::Isolation::automatic},
                                                                  {"required", smoke::Isolation::required},
                                                                  {"off", smoke::Isolation::off}});

/// `python` is the old key for one of them.
Status take_pythons(const std::string& python, std::vector<std::string> pythons, std::string_view file,
                    smoke::SmokePolicy& smoke) {
  if (!python.empty() && !pythons.empty()) {
    return Error{Errc::invalid_input,
                 fmt::format("{}: expected one of \"python\" and \"pythons\" in [smoke], found both", file),
                 "keep `pythons`"};
  }
  if (!python.empty()) pythons.push_back(python);
  if (pythons.empty()) return success();
  smoke.pythons.clear();
  std::ranges::transform(pythons, std::back_inserter(smoke.pythons), python_program);
  return success();
}

}  // namespace

Status read_smoke(const toml::table& table, std::string_view file, smoke::SmokePolicy& smoke) {
  std::string python;
  std::vector<std::string> pythons;
  CHECK_OK(
      TomlReader(table, file, "in [smoke]")
          .with("commands",
                "an array of commands, each an array of a script's name and its arguments, or a table of "
                "`run` with it and of `contains`, `matches`, or `json` and `equals`,",
                [&](const toml::node& node) { return take_smoke_commands(node, smoke.commands); })
          .with("extras", "an array of the release's extras",
                [&](const toml::node& node) { return take_extras(node, smoke.extras); })
          .with("requirements", "an array of requirements without an address, such as \"pytest>=8\",",
                [&](const toml::node& node) { return take_requirements(node, smoke.requirements); })
          .with("imports", "an array of modules' names",
                [&](const toml::node& node) {
                  return take_texts(node, smoke.imports) &&
                         std::ranges::all_of(smoke.imports, is_module_name);
                })
          .seconds("timeout-seconds", smoke.timeout)
          .seconds("install-timeout-seconds", smoke.install_timeout)
          .with("pythons", "an array of versions, paths or programs' names",
                [&](const toml::node& node) { return take_texts(node, pythons); })
          .text("python", python)
          .boolean("sdist", smoke.sdist)
          .choice("isolation", "\"automatic\", \"required\" or \"off\"", isolation_words, smoke.isolation)
          .with("clients", "an array of \"pip\" and \"uv\"",
                [&](const toml::node& node) {
                  return take_texts(node, smoke.clients) &&
                         std::ranges::all_of(smoke.clients, is_install_client);
                })
          .finish());
  CHECK_OK(take_pythons(python, std::move(pythons), file, smoke));
  return check_expectations(smoke, file);
}

}  // namespace packhouse::app
