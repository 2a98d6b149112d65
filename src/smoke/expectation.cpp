#include "smoke/expectation.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <variant>
#include <vector>

#include "base/text.hpp"

namespace packhouse::smoke {
namespace {

constexpr std::size_t max_steps = 32;
constexpr std::int64_t max_pattern_memory = 1 << 20;

using Step = std::variant<std::string, std::size_t>;  // a member's name, or an element's place
using Steps = std::vector<Step>;

RE2::Options pattern_options() {
  RE2::Options options;
  options.set_max_mem(max_pattern_memory);
  options.set_log_errors(false);
  return options;
}

/// Takes one step off the front of `rest`; nullopt: it begins with none.
std::optional<Step> take_step(std::string_view& rest) {
  if (rest.starts_with('.')) {
    const std::size_t end = std::min(rest.find_first_of(".[", 1), rest.size());
    std::string name(rest.substr(1, end - 1));
    rest.remove_prefix(end);
    if (name.empty()) return std::nullopt;
    return Step(std::move(name));
  }
  const std::size_t end = rest.find(']');
  if (!rest.starts_with('[') || end == std::string_view::npos) return std::nullopt;
  const std::string_view inside = rest.substr(1, end - 1);
  rest.remove_prefix(end + 1);
  if (inside.size() > 2 && inside.front() == '\'' && inside.back() == '\'')
    return Step(std::string(inside.substr(1, inside.size() - 2)));
  const auto place = parse_decimal(inside);
  if (!place) return std::nullopt;
  return Step(static_cast<std::size_t>(*place));
}

std::optional<Steps> parse_path(std::string_view path) {
  if (!path.starts_with('$')) return std::nullopt;
  path.remove_prefix(1);
  Steps steps;
  while (!path.empty()) {
    auto step = take_step(path);
    if (!step || steps.size() == max_steps) return std::nullopt;
    steps.push_back(*std::move(step));
  }
  return steps;
}

const json::Value* find(const json::Value& document, const Steps& steps) {
  const json::Value* at = &document;
  for (const Step& step : steps) {
    if (const auto* name = std::get_if<std::string>(&step)) {
      const auto* object = at->if_object();
      at = object != nullptr ? object->if_contains(*name) : nullptr;
    } else {
      const auto* array = at->if_array();
      at = array != nullptr ? array->if_contains(std::get<std::size_t>(step)) : nullptr;
    }
    if (at == nullptr) return nullptr;
  }
  return at;
}

bool has_at(const Expectation& expectation, std::string_view output) {
  const auto steps = parse_path(expectation.text);
  const auto document = json::parse(trim(output));
  if (!steps || !document.ok()) return false;
  const json::Value* found = find(*document, *steps);
  if (found == nullptr) return false;
  return expectation.equals ? *found == *expectation.equals : !found->is_null();
}

}  // namespace

Status check_expectation(const Expectation& expectation) {
  using enum Expectation::Kind;
  if (expectation.text.empty()) return Error{Errc::invalid_input, "expected a text to look for, found none"};
  if (expectation.kind == matches) {
    const RE2 pattern(expectation.text, pattern_options());
    if (!pattern.ok()) {
      return Error{Errc::invalid_input,
                   fmt::format("expected a regular expression, found {}: {}", quote(expectation.text),
                               quote(pattern.error())),
                   "RE2 has no look-around and no back-references"};
    }
  }
  if (expectation.kind == json && !parse_path(expectation.text)) {
    return Error{Errc::invalid_input,
                 "expected a path such as \"$.commands[0].name\", found " + quote(expectation.text)};
  }
  return success();
}

std::string describe(const Expectation& expectation) {
  using enum Expectation::Kind;
  switch (expectation.kind) {
    case contains:
      return fmt::format("{} in its output", quote(expectation.text));
    case matches:
      return fmt::format("output that matches {}", quote(expectation.text));
    case json:
      break;
  }
  return fmt::format("JSON with {} at {}",
                     expectation.equals ? json::dump(*expectation.equals) : std::string("something"),
                     quote(expectation.text));
}

bool is_met(const Expectation& expectation, std::string_view output) {
  using enum Expectation::Kind;
  switch (expectation.kind) {
    case contains:
      return output.find(expectation.text) != std::string_view::npos;
    case matches:
      // "$" is meant to be the end of what was printed, and not of the line break behind it.
      output = trim(output);
      return RE2::PartialMatch(re2::StringPiece(output.data(), output.size()),
                               RE2(expectation.text, pattern_options()));
    case json:
      break;
  }
  return has_at(expectation, output);
}

json::Value to_json(const Expectation& expectation) {
  constexpr std::array kinds{"contains", "matches", "json"};
  return json::Object{{"kind", kinds.at(static_cast<std::size_t>(expectation.kind))},
                      {"text", expectation.text},
                      {"equals", expectation.equals ? json::dump(*expectation.equals) : std::string{}}};
}

}  // namespace packhouse::smoke
