#include "smoke/expectation.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <array>
#include <string>

#include "base/text.hpp"

namespace packhouse::smoke {
namespace {

constexpr std::size_t max_steps = 32;
constexpr std::int64_t max_pattern_memory = 1 << 20;

RE2::Options pattern_options() {
  RE2::Options options;
  options.set_max_mem(max_pattern_memory);
  options.set_log_errors(false);
  return options;
}

/// Takes one step off the front of `rest`: a member's name or an element's place; nullopt without one.
std::optional<std::string> take_step(std::string_view& rest) {
  if (rest.starts_with('.')) {
    const std::size_t end = std::min(rest.find_first_of(".[", 1), rest.size());
    std::string name(rest.substr(1, end - 1));
    rest.remove_prefix(end);
    return name.empty() ? std::nullopt : std::optional(std::move(name));
  }
  const std::size_t end = rest.find(']');
  if (!rest.starts_with('[') || end == std::string_view::npos) return std::nullopt;
  const std::string_view inside = rest.substr(1, end - 1);
  rest.remove_prefix(end + 1);
  if (inside.size() > 2 && inside.front() == '\'' && inside.back() == '\'')
    return std::string(inside.substr(1, inside.size() - 2));
  const auto place = parse_decimal(inside);
  return place ? std::optional(std::to_string(*place)) : std::nullopt;
}

/// The JSON Pointer (RFC 6901) of a path such as "$.commands[0].name"; nullopt for another text.
std::optional<std::string> pointer_of(std::string_view path) {
  if (!path.starts_with('$')) return std::nullopt;
  path.remove_prefix(1);
  std::string pointer;
  for (std::size_t steps = 0; !path.empty(); ++steps) {
    auto step = take_step(path);
    if (!step || steps == max_steps) return std::nullopt;
    pointer += "/" + replace_all(replace_all(*std::move(step), "~", "~0"), "/", "~1");
  }
  return pointer;
}

bool has_at(const Expectation& expectation, std::string_view output) {
  const auto pointer = pointer_of(expectation.text);
  const auto document = json::parse(trim(output));
  if (!pointer || !document.ok()) return false;
  boost::system::error_code absent;
  const json::Value* found = document->find_pointer(*pointer, absent);
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
  if (expectation.kind == json && !pointer_of(expectation.text)) {
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
