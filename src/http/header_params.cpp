#include "http/header_params.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace packhouse::http {
namespace {

bool is_token_byte(char c) noexcept {
  return is_ascii_alnum(c) || std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string_view::npos;
}

std::string_view take_token(std::string_view& text) noexcept {
  const auto end = std::ranges::find_if_not(text, is_token_byte);
  const auto length = static_cast<std::size_t>(end - text.begin());
  const std::string_view token = text.substr(0, length);
  text.remove_prefix(length);
  return token;
}

void skip_blanks(std::string_view& text) noexcept {
  while (!text.empty() && (text[0] == ' ' || text[0] == '\t'))
    text.remove_prefix(1);
}

/// `text` begins behind the opening quote; false if there is no closing one.
bool take_quoted(std::string_view& text, std::string& value) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') {
      text.remove_prefix(i + 1);
      return true;
    }
    const bool escapes =
        text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == '"' || text[i + 1] == '\\');
    if (escapes) ++i;
    value += text[i];
  }
  return false;
}

}  // namespace

const std::string* ParameterizedValue::find(std::string_view name) const noexcept {
  const auto found = std::ranges::find(params, name, &std::pair<std::string, std::string>::first);
  return found == params.end() ? nullptr : &found->second;
}

Result<ParameterizedValue> parse_parameterized(std::string_view text) {
  const auto broken = [whole = text](std::string_view why) {
    return Error{Errc::invalid_input, fmt::format("{}, found {}", why, quote(whole))};
  };
  ParameterizedValue parsed;
  std::string_view rest = trim(text, " \t");
  const std::size_t end = rest.find_first_of("; \t");
  parsed.value = ascii_lower(rest.substr(0, end));
  rest.remove_prefix(parsed.value.size());
  while (true) {
    skip_blanks(rest);
    if (rest.empty()) return parsed;
    if (rest[0] != ';') return broken("expected a semicolon between parameters");
    rest.remove_prefix(1);
    skip_blanks(rest);
    if (rest.empty()) return parsed;  // some clients send a semicolon at the end; it means nothing
    std::string name = ascii_lower(take_token(rest));
    if (name.empty() || !rest.starts_with('=')) return broken("expected name=value as parameter");
    rest.remove_prefix(1);
    std::string value;
    if (rest.starts_with('"')) {
      rest.remove_prefix(1);
      if (!take_quoted(rest, value)) return broken("expected a closing quote");
    } else {
      value = take_token(rest);
    }
    if (parsed.find(name) != nullptr) return broken("expected each parameter once");
    parsed.params.emplace_back(std::move(name), std::move(value));
  }
}

std::string media_type(std::string_view content_type) {
  return ascii_lower(trim(content_type.substr(0, content_type.find(';'))));
}

}  // namespace packhouse::http
