#include "console/command_outcome.hpp"

#include <fmt/format.h>

#include <vector>

#include "base/text.hpp"

namespace packhouse::console {
namespace {

std::string text_of(const json::Object& document, std::string_view key) {
  return json::get_string(document, key).value_or("");
}

std::vector<std::string> refused_in(const json::Object& document) {
  std::vector<std::string> ids;
  const json::Array checks = json::get_array(document, "checks").value_or(json::Array{});
  for (const json::Value& value : checks) {
    const json::Object* check = value.if_object();
    if (check != nullptr && !json::get_bool(*check, "passed").value_or(true))
      ids.push_back(text_of(*check, "id"));
  }
  return ids;
}

std::string outcome_of(const json::Object& document) {
  std::string word = text_of(document, "outcome");
  if (const auto error = json::get_object(document, "error"); error.ok())
    return word + ": " + text_of(*error, "message");
  const auto refused = refused_in(document);
  return refused.empty() ? word : word + " by " + join(refused, ", ");
}

}  // namespace

std::string headline(const json::Object& document) {
  std::string name = text_of(document, "project");
  if (name.empty()) name = "packhouse";
  if (const std::string version = text_of(document, "version"); !version.empty()) name += " " + version;
  if (const auto run = json::get_int(document, "run"); run.ok()) name += fmt::format(", run {}", *run);
  return name + ": " + outcome_of(document);
}

}  // namespace packhouse::console
