#include "pep/project_name.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "pep/unicode.hpp"

namespace packhouse {
namespace {

bool is_separator(char c) {
  return c == '-' || c == '_' || c == '.';
}

std::string collapse_separators(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (!is_separator(c)) {
      out += c;
    } else if (out.empty() || out.back() != '-') {
      out += '-';
    }
  }
  return out;
}

}  // namespace

Parsed<ProjectName> ProjectName::read(std::string_view text) {
  if (text.empty()) return ParseError::at(text, 0, "expected a name, found nothing");
  const auto wrong =
      std::ranges::find_if(text, [](char c) { return !is_ascii_alnum(c) && !is_separator(c); });
  if (wrong != text.end()) {
    return ParseError::at(text, static_cast<std::size_t>(wrong - text.begin()),
                          "expected only ASCII letters, digits, '.', '-' and '_' in a name", 1);
  }
  if (is_separator(text.front()))
    return ParseError::at(text, 0, "expected a name to start with a letter or digit", 1);
  if (is_separator(text.back())) {
    return ParseError::at(text, text.size() - 1, "expected a name to end with a letter or digit", 1);
  }
  return ProjectName(collapse_separators(ascii_lower(text)));
}

Result<ProjectName> ProjectName::parse(std::string_view text) {
  return read(text).to_result();
}

std::string ProjectName::filename_form() const {
  return replace_all(value_, "-", "_");
}

std::string normalize_name(std::string_view text) {
  return collapse_separators(unicode::lower(text));
}

}  // namespace packhouse
