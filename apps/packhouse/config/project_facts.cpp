#include "config/project_facts.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "config/toml_reader.hpp"
#include "pep/project_name.hpp"
#include "pep/specifier.hpp"

namespace packhouse::app {
namespace {

constexpr int lowest_python = 11;
constexpr int highest_python = 14;

bool is_python_version(std::string_view text) {
  return text.starts_with("3.") && parse_decimal(text.substr(2)).has_value();
}

std::vector<std::string> texts_in(const toml::array* array) {
  std::vector<std::string> texts;
  if (array == nullptr) return texts;
  for (const auto& node : *array)
    if (const auto text = node.value_exact<std::string>()) texts.push_back(*text);
  return texts;
}

}  // namespace

Result<ProjectFacts> read_project_facts(std::string_view pyproject) {
  TRY(const auto document, parse_toml(pyproject, "pyproject.toml"));
  const auto project = document["project"];
  ProjectFacts facts;
  facts.name = project["name"].value_or(std::string());
  facts.requires_python = project["requires-python"].value_or(std::string());
  facts.build_backend = document["build-system"]["build-backend"].value_or(std::string());
  facts.has_settings = document["tool"]["packhouse"].is_table();
  if (const auto* scripts = project["scripts"].as_table()) {
    for (const auto& [name, entry] : *scripts)
      facts.scripts.emplace_back(name.str());
  }
  facts.dependencies = texts_in(project["dependencies"].as_array());
  if (const auto* extras = project["optional-dependencies"].as_table()) {
    for (const auto& [name, lines] : *extras) {
      const auto extra = ProjectName::parse(name.str());
      if (extra.ok()) facts.optional_dependencies[extra->str()] = texts_in(lines.as_array());
    }
  }
  const auto dynamic = texts_in(project["dynamic"].as_array());
  const auto is_dynamic = [&](std::string_view key) {
    return std::ranges::find(dynamic, key) != dynamic.end();
  };
  facts.dynamic_version = is_dynamic("version");
  facts.dynamic_dependencies = is_dynamic("dependencies") || is_dynamic("optional-dependencies");
  return facts;
}

std::string python_for(std::string_view requires_python, const std::vector<std::string>& pythons) {
  const auto named = std::ranges::find_if(pythons, is_python_version);
  if (named != pythons.end()) return *named;
  const auto specifiers = SpecifierSet::parse(requires_python);
  for (int minor = lowest_python; specifiers.ok() && minor <= highest_python; ++minor) {
    // The newest patch of a minor version is what a runner has, so `>=3.11.4` takes 3.11.
    const auto newest = Version::parse(fmt::format("3.{}.99", minor));
    if (newest.ok() && specifiers->contains(*newest)) return fmt::format("3.{}", minor);
  }
  return fmt::format("3.{}", lowest_python);
}

std::optional<RemoteFacts> parse_remote(std::string_view url) {
  const std::size_t scheme = url.find("://");
  const bool has_scheme = scheme != std::string_view::npos;
  if (has_scheme) url.remove_prefix(scheme + 3);
  const std::size_t end = url.find_first_of(has_scheme ? "/" : ":");
  if (end == std::string_view::npos) return std::nullopt;
  std::string_view host = url.substr(0, end);
  if (const std::size_t user = host.rfind('@'); user != std::string_view::npos) host.remove_prefix(user + 1);
  host = host.substr(0, host.find(':'));
  std::string_view path = trim(url.substr(end + 1), "/");
  if (path.ends_with(".git")) path.remove_suffix(4);
  if (host.empty() || host.find('/') != std::string_view::npos || path.find('/') == std::string_view::npos)
    return std::nullopt;
  return RemoteFacts{ascii_lower(host), std::string(path)};
}

}  // namespace packhouse::app
