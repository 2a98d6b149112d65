#include "model/index_policy.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace packhouse {
namespace {

constexpr std::size_t max_name = 32;

// What the paths of an index, of the whole server and of the standards begin with.
constexpr auto reserved = std::to_array<std::string_view>(
    {"account",  "api",      "at",      "docs",     "files",  "integrity", "legacy",
     "login",    "packages", "project", "projects", "pypi",   "search",    "session",
     "sessions", "simple",   "stage",   "static",   "upload", "users"});

bool is_name_byte(char c) noexcept {
  return (c >= 'a' && c <= 'z') || is_ascii_digit(c) || c == '-';
}

Result<bool> flag(const json::Object& object, std::string_view key, bool otherwise) {
  if (object.if_contains(key) == nullptr) return otherwise;
  return json::get_bool(object, key);
}

Result<std::vector<std::string>> names(const json::Object& object) {
  std::vector<std::string> list;
  if (object.if_contains("copy_from") == nullptr) return list;
  TRY(const auto values, json::get_array(object, "copy_from"));
  for (const auto& value : values) {
    if (!value.is_string()) return Error{Errc::invalid_input, "expected strings in copy_from"};
    list.emplace_back(value.get_string());
  }
  return list;
}

Result<std::optional<std::chrono::seconds>> duration(const json::Object& object, std::string_view key) {
  if (object.if_contains(key) == nullptr) return std::optional<std::chrono::seconds>{};
  TRY(const auto seconds, json::get_int(object, key));
  return std::optional{std::chrono::seconds{seconds}};
}

}  // namespace

std::chrono::seconds IndexPolicy::closing() const noexcept {
  return closes_after.value_or(immutable ? std::chrono::hours{1} : std::chrono::days{14});
}

json::Object IndexPolicy::to_json() const {
  json::Object settings;
  for (const auto& [name, value] : checks)
    settings[name] = value;
  json::Object object{{"immutable", immutable},
                      {"uploads", uploads},
                      {"copy_from", json::Array(copy_from.begin(), copy_from.end())},
                      {"checks", std::move(settings)}};
  if (closes_after) object["closes_after"] = closes_after->count();
  return object;
}

Result<IndexPolicy> IndexPolicy::parse(const json::Object& object) {
  IndexPolicy policy;
  TRY(policy.immutable, flag(object, "immutable", policy.immutable));
  TRY(policy.uploads, flag(object, "uploads", policy.uploads));
  TRY(policy.copy_from, names(object));
  TRY(policy.closes_after, duration(object, "closes_after"));
  if (object.if_contains("checks") == nullptr) return policy;
  TRY(const auto settings, json::get_object(object, "checks"));
  for (const auto& [name, value] : settings) {
    if (!value.is_string()) return Error{Errc::invalid_input, "expected strings in checks"};
    policy.checks.emplace(name, value.get_string());
  }
  return policy;
}

Result<std::string> parse_index_name(std::string_view text) {
  const bool shaped = !text.empty() && text.size() <= max_name && text[0] >= 'a' && text[0] <= 'z' &&
                      std::ranges::all_of(text, is_name_byte);
  if (!shaped) {
    return Error{Errc::invalid_input, "expected the name of an index, found " + quote(text),
                 "1 to 32 of a-z, 0-9 and '-', beginning with a letter, such as staging"};
  }
  if (std::ranges::find(reserved, text) == reserved.end()) return std::string(text);
  return Error{Errc::invalid_input, "an index cannot be called " + quote(text),
               "paths of the server begin with that word"};
}

}  // namespace packhouse
