#include "commands/inspect_stream.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/json.hpp"
#include "base/text.hpp"
#include "pep/filename.hpp"
#include "pep/license.hpp"
#include "pep/marker.hpp"
#include "pep/metadata.hpp"
#include "pep/requirement.hpp"
#include "pep/specifier.hpp"
#include "pep/version.hpp"

namespace packhouse::app {
namespace {

using json::Array;
using json::Object;
using json::Value;

constexpr std::array<std::string_view, 10> words = {"version",  "compare", "specifier",      "requirement",
                                                    "marker",   "name",    "wheel-filename", "sdist-filename",
                                                    "metadata", "license"};

Value answer(Value value) {
  return Object{{"ok", true}, {"value", std::move(value)}};
}

Value refusal(std::string message) {
  return Object{{"ok", false}, {"error", std::move(message)}};
}

// The message, the text and a caret under the fault.
Value refusal(const ParseError& error) {
  return refusal(fmt::format("{} at byte {}\n{}", error.message, error.position, error.caret()));
}

// A double, which is what most readers of JSON have for numbers, holds every integer up to 2^53.
Value number(std::string_view digits) {
  constexpr std::uint64_t exact = std::uint64_t{1} << 53U;
  const auto value = parse_decimal(digits);
  if (value && *value <= exact) return *value;
  return Value(digits);
}

Value optional_number(const std::optional<std::string>& digits) {
  return digits ? number(*digits) : Value(nullptr);
}

Array strings(const auto& texts) {
  Array out;
  for (const auto& text : texts)
    out.emplace_back(std::string_view(text));
  return out;
}

Array tag_strings(const std::vector<Tag>& tags) {
  Array out;
  for (const Tag& tag : tags)
    out.emplace_back(tag.str());
  return out;
}

Value inspect_version(std::string_view text) {
  const auto version = Version::read(text);
  if (!version.ok()) return refusal(version.error());
  Array release;
  for (const auto& part : version->release())
    release.push_back(number(part));
  Value pre = nullptr;
  if (const auto found = version->pre()) pre = Array{Value(found->kind), number(found->number)};
  const auto local = version->local();
  return answer(Object{{"normalized", version->str()},
                       {"public", version->public_part()},
                       {"base", version->base_part()},
                       {"epoch", number(version->epoch())},
                       {"release", std::move(release)},
                       {"pre", std::move(pre)},
                       {"post", optional_number(version->post())},
                       {"dev", optional_number(version->dev())},
                       {"local", local ? Value(*local) : Value(nullptr)}});
}

Value inspect_compare(const Value& value) {
  const auto* pair = value.if_array();
  if (pair == nullptr || pair->size() != 2 || !(*pair)[0].is_string() || !(*pair)[1].is_string()) {
    return refusal("expected an array of two strings");
  }
  const auto left = Version::read((*pair)[0].get_string());
  if (!left.ok()) return refusal(left.error());
  const auto right = Version::read((*pair)[1].get_string());
  if (!right.ok()) return refusal(right.error());
  const auto order = *left <=> *right;
  return answer(order < 0 ? -1 : order > 0 ? 1 : 0);
}

Result<std::vector<std::string_view>> string_array(const Object& object, std::string_view key) {
  const Value* found = object.if_contains(key);
  const Array* array = found == nullptr ? nullptr : found->if_array();
  if (array == nullptr ||
      !std::ranges::all_of(*array, [](const Value& element) { return element.is_string(); })) {
    return Error{Errc::invalid_input, fmt::format("expected an array of strings at {}", key)};
  }
  std::vector<std::string_view> out;
  for (const Value& element : *array)
    out.emplace_back(element.get_string());
  return out;
}

Result<std::optional<bool>> optional_bool(const Object& object, std::string_view key) {
  const Value* found = object.if_contains(key);
  if (found == nullptr || found->is_null()) return std::optional<bool>();
  TRY(const bool value, json::get_bool(object, key));
  return std::optional<bool>(value);
}

Result<Value> specifier_answer(const Object& object) {
  TRY(const auto text, json::get_string(object, "specifier"));
  TRY(const auto versions, string_array(object, "versions"));
  TRY(const auto prereleases, optional_bool(object, "prereleases"));
  const auto set = SpecifierSet::read(text);
  if (!set.ok()) return refusal(set.error());
  Array contains;
  for (const auto version : versions)
    contains.emplace_back(set->contains(version, prereleases));
  Array filtered;
  for (const auto index : set->filter(versions, prereleases))
    filtered.emplace_back(versions[index]);
  return answer(Object{
      {"normalized", set->str()}, {"contains", std::move(contains)}, {"filtered", std::move(filtered)}});
}

Value inspect_requirement(std::string_view text) {
  const auto requirement = Requirement::read(text);
  if (!requirement.ok()) return refusal(requirement.error());
  const auto& url = requirement->url();
  const auto& marker = requirement->marker();
  return answer(Object{{"name", requirement->name()},
                       {"extras", strings(requirement->extras())},
                       {"specifier", requirement->specifier().str()},
                       {"url", url ? Value(*url) : Value(nullptr)},
                       {"marker", marker ? Value(marker->str()) : Value(nullptr)},
                       {"normalized", requirement->str()}});
}

// Strings, arrays of strings for the variables that are sets, and null for an empty string.
Result<MarkerEnvironment> environment_of(const Object& object) {
  MarkerEnvironment environment;
  for (const auto& [key, value] : object) {
    if (value.is_array()) {
      TRY(const auto names, string_array(object, key));
      environment.emplace(key, std::set<std::string>(names.begin(), names.end()));
    } else if (value.is_null()) {
      environment.emplace(key, std::string());
    } else {
      TRY(auto text, json::get_string(object, key, "environment"));
      environment.emplace(key, std::move(text));
    }
  }
  return environment;
}

Result<Value> marker_answer(const Object& object) {
  TRY(const auto text, json::get_string(object, "marker"));
  TRY(const auto variables, json::get_object(object, "environment"));
  TRY(const auto environment, environment_of(variables));
  const auto marker = Marker::read(text);
  if (!marker.ok()) return refusal(marker.error());
  TRY(const bool value, marker->evaluate(environment));
  return answer(value);
}

Value inspect_name(std::string_view text) {
  const auto name = ProjectName::read(text);
  return name.ok() ? answer(Value(name->str())) : refusal(name.error());
}

Value inspect_wheel_filename(std::string_view text) {
  const auto fields = WheelFilenameFields::read(text);
  if (!fields.ok()) return refusal(fields.error());
  Array build;
  if (fields->build) build = Array{number(fields->build->number), Value(fields->build->suffix)};
  return answer(Object{{"name", fields->normalized_name},
                       {"version", fields->version.str()},
                       {"build", std::move(build)},
                       {"tags", tag_strings(fields->tags)}});
}

Value inspect_sdist_filename(std::string_view text) {
  const auto fields = SdistFilenameFields::read(text);
  if (!fields.ok()) return refusal(fields.error());
  return answer(Object{{"name", fields->normalized_name}, {"version", fields->version.str()}});
}

Result<Value> metadata_answer(const Object& object) {
  TRY(const auto encoded, json::get_string(object, "base64"));
  const auto bytes = from_base64(encoded);
  if (!bytes) return Error{Errc::invalid_input, "expected padded base64 at base64"};
  const auto metadata = CoreMetadata::parse(*bytes);
  if (metadata.has_value()) return answer(metadata->to_json());
  std::vector<std::string> lines;
  for (const auto& problem : metadata.error())
    lines.push_back(fmt::format("{}: {}", problem.field, problem.message));
  return Value(Object{{"ok", false}, {"error", join(lines, "; ")}, {"errors", strings(lines)}});
}

Value inspect_license(std::string_view text) {
  const auto expression = LicenseExpression::read(text);
  return expression.ok() ? answer(Value(expression->str())) : refusal(expression.error());
}

Value with_string(const Value& value, Value (*function)(std::string_view)) {
  if (const auto* text = value.if_string()) return function(*text);
  return refusal("expected a string");
}

Value with_object(const Value& value, Result<Value> (*function)(const Object&)) {
  const auto* object = value.if_object();
  if (object == nullptr) return refusal("expected an object");
  auto result = function(*object);
  return result.ok() ? *std::move(result) : refusal(result.error().message);
}

Value inspect_value(InspectKind kind, const Value& value) {
  switch (kind) {
    case InspectKind::version:
      return with_string(value, inspect_version);
    case InspectKind::compare:
      return inspect_compare(value);
    case InspectKind::specifier:
      return with_object(value, specifier_answer);
    case InspectKind::requirement:
      return with_string(value, inspect_requirement);
    case InspectKind::marker:
      return with_object(value, marker_answer);
    case InspectKind::name:
      return with_string(value, inspect_name);
    case InspectKind::wheel_filename:
      return with_string(value, inspect_wheel_filename);
    case InspectKind::sdist_filename:
      return with_string(value, inspect_sdist_filename);
    case InspectKind::metadata:
      return with_object(value, metadata_answer);
    case InspectKind::license:
      return with_string(value, inspect_license);
  }
  return refusal("expected a known kind");
}

}  // namespace

std::optional<InspectKind> parse_inspect_kind(std::string_view word) noexcept {
  const auto* const found = std::ranges::find(words, word);
  if (found == words.end()) return std::nullopt;
  return static_cast<InspectKind>(found - words.begin());
}

std::span<const std::string_view> inspect_kind_words() noexcept {
  return words;
}

std::string inspect_line(InspectKind kind, std::string_view line) {
  const auto value = json::parse(line, max_inspect_line);
  return json::dump(value.ok() ? inspect_value(kind, *value) : refusal(value.error().message));
}

void InspectStream::hold(std::string_view part) {
  too_long_ = too_long_ || held_.size() + part.size() > max_line_;
  if (too_long_) {
    held_.clear();
  } else {
    held_ += part;
  }
}

std::string InspectStream::answer() {
  const auto refused = [this] {
    return json::dump(refusal(fmt::format("expected a line of at most {} bytes", max_line_)));
  };
  std::string line = std::exchange(too_long_, false) ? refused() : inspect_line(kind_, held_);
  held_.clear();
  return line + '\n';
}

std::string InspectStream::feed(std::string_view chunk) {
  std::string answers;
  for (std::size_t end = chunk.find('\n'); end != std::string_view::npos; end = chunk.find('\n')) {
    hold(chunk.substr(0, end));
    answers += answer();
    chunk.remove_prefix(end + 1);
  }
  hold(chunk);
  return answers;
}

std::string InspectStream::finish() {
  return held_.empty() && !too_long_ ? std::string() : answer();
}

}  // namespace packhouse::app
