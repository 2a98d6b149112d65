#include "pep/requirement_parser.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.hpp"
#include "pep/project_name.hpp"
#include "pep/python_string.hpp"
#include "pep/specifier_syntax.hpp"
#include "pep/unicode.hpp"

namespace packhouse {
namespace {

// In the specification's spelling and the older ones that are still accepted.
constexpr std::array<std::pair<std::string_view, std::string_view>, 20> variables = {{
    {"python_version", "python_version"},
    {"python_full_version", "python_full_version"},
    {"os_name", "os_name"},
    {"os.name", "os_name"},
    {"sys_platform", "sys_platform"},
    {"sys.platform", "sys_platform"},
    {"platform_release", "platform_release"},
    {"platform_system", "platform_system"},
    {"platform_version", "platform_version"},
    {"platform.version", "platform_version"},
    {"platform_machine", "platform_machine"},
    {"platform.machine", "platform_machine"},
    {"platform_python_implementation", "platform_python_implementation"},
    {"platform.python_implementation", "platform_python_implementation"},
    {"python_implementation", "platform_python_implementation"},
    {"implementation_name", "implementation_name"},
    {"implementation_version", "implementation_version"},
    {"extra", "extra"},
    {"extras", "extras"},
    {"dependency_groups", "dependency_groups"},
}};

constexpr std::array<std::string_view, 8> comparisons = {"===", "==", "~=", "!=", "<=", ">=", "<", ">"};

bool is_identifier_byte(char c) {
  return is_ascii_alnum(c) || c == '.' || c == '_' || c == '-';
}
bool is_word_byte(char c) {
  return is_ascii_alnum(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

// Names of extras are compared in their normal form, so they are kept in it (PEP 685).
void normalize_extra(MarkerNode& node) {
  const auto is_set_variable = [](const MarkerOperand& operand) {
    return operand.is_variable && (operand.text == "extras" || operand.text == "dependency_groups");
  };
  const auto is_extra = [](const MarkerOperand& operand) {
    return operand.is_variable && operand.text == "extra";
  };
  if (is_extra(node.left) && !node.right.is_variable) {
    node.right.text = normalize_name(node.right.text);
  } else if (!node.left.is_variable && (is_extra(node.right) || is_set_variable(node.right))) {
    node.left.text = normalize_name(node.left.text);
  }
}

}  // namespace

ParseError RequirementParser::fault(std::string message, std::size_t length) const {
  if (at_end()) message += ", found the end";
  return ParseError::at(text_, position_, std::move(message), at_end() ? 0 : length);
}

bool RequirementParser::take(std::string_view token) noexcept {
  if (!next_is(token)) return false;
  position_ += token.size();
  return true;
}

// A word ends where no letter, digit or underscore follows.
bool RequirementParser::take_word(std::string_view word) noexcept {
  if (!next_is(word)) return false;
  const std::size_t end = position_ + word.size();
  if (end < text_.size() && is_word_byte(text_[end])) return false;
  position_ = end;
  return true;
}

bool RequirementParser::skip_space() noexcept {
  const std::size_t start = position_;
  position_ = std::min(text_.find_first_not_of(" \t", position_), text_.size());
  return position_ > start;
}

std::optional<std::string> RequirementParser::take_identifier() {
  if (at_end() || !is_ascii_alnum(text_[position_])) return std::nullopt;
  std::size_t end = position_;
  while (end < text_.size() && is_identifier_byte(text_[end]))
    ++end;
  if (end < text_.size() && is_word_byte(text_[end])) return std::nullopt;
  while (text_[end - 1] == '.' || text_[end - 1] == '-')
    --end;
  const std::size_t start = std::exchange(position_, end);
  return std::string(text_.substr(start, end - start));
}

Parsed<Requirement> RequirementParser::requirement() {
  if (auto error = check_length(text_)) return *std::move(error);
  Requirement result;
  skip_space();
  auto name = take_identifier();
  if (!name) return fault("expected a package name at the start");
  result.name_ = std::move(*name);
  skip_space();
  TRY(result.extras_, extras());
  skip_space();
  if (take("@")) {
    skip_space();
    std::size_t end = position_;
    while (end < text_.size()) {
      const auto point = unicode::decode(text_, end);
      if (unicode::is_space(point.value)) break;
      end += point.length;
    }
    if (end == position_) return fault("expected a URL after '@'");
    result.url_ = text_.substr(position_, end - position_);
    position_ = end;
    skip_space();
    TRY(result.marker_, marker_after("expected ';' or the end after the URL"));
  } else {
    TRY(const auto clauses, specifier());
    skip_space();
    TRY(result.marker_,
        marker_after(clauses.text.empty() ? "expected a version specifier, '[', '@', ';' or the end"
                                          : "expected ',', ';' or the end after a version specifier"));
    auto set = SpecifierSet::read(clauses.text);
    if (!set.ok()) return ParseError::at(text_, clauses.start, set.error().message, clauses.text.size());
    result.specifier_ = std::move(*set);
  }
  return result;
}

// '[' names ']', or nothing.
Parsed<std::vector<std::string>> RequirementParser::extras() {
  std::vector<std::string> names;
  const std::size_t open = position_;
  if (!take("[")) return names;
  skip_space();
  if (auto first = take_identifier()) {
    names.push_back(std::move(*first));
    while (true) {
      skip_space();
      if (!at_end() && is_ascii_alnum(text_[position_])) return fault("expected ',' between names of extras");
      if (!take(",")) break;
      skip_space();
      auto next = take_identifier();
      if (!next) return fault("expected the name of an extra after ','");
      names.push_back(std::move(*next));
    }
  }
  skip_space();
  if (!take("]")) {
    return ParseError::at(text_, open, "expected ']' for this '[', after the names of extras",
                          position_ - open);
  }
  std::ranges::sort(names);
  const auto repeated = std::ranges::unique(names);
  names.erase(repeated.begin(), repeated.end());
  return names;
}

// Clauses, with or without parentheses around them.
Parsed<RequirementParser::Clauses> RequirementParser::specifier() {
  const std::size_t open = position_;
  const bool parenthesis = take("(");
  skip_space();
  const std::size_t start = position_;
  TRY(auto text, version_many());
  skip_space();
  if (parenthesis && !take(")")) {
    return ParseError::at(text_, open, "expected ')' for this '(', after the version specifier",
                          position_ - open);
  }
  return Clauses{std::move(text), start};
}

// Up to ';', ')' or the end, where that is ASCII and a set of clauses between commas, the last of which may
// end in one. Read so, a comma ends the text of a `===`; version_many() takes the comma for a part of that
// text.
std::optional<std::string> RequirementParser::specifier_list() {
  const std::size_t end = std::min(text_.find_first_of(";)", position_), text_.size());
  const auto list = text_.substr(position_, end - position_);
  const bool plain = std::ranges::all_of(list, [](char c) { return c == '\t' || (c >= ' ' && c <= '~'); });
  if (list.empty() || !plain) return std::nullopt;
  const auto set = SpecifierSet::read(list);
  if (!set.ok()) return std::nullopt;
  const auto commas = static_cast<std::size_t>(std::ranges::count(list, ','));
  const auto clauses = set->specifiers().size();
  const bool ends_in_comma = clauses > 0 && clauses == commas && trim(list, " \t").ends_with(',');
  if (clauses != commas + 1 && !ends_in_comma) return std::nullopt;
  position_ = end;
  return std::string(list);
}

Parsed<std::string> RequirementParser::version_many() {
  if (auto list = specifier_list()) return *std::move(list);
  std::string clauses;
  while (const auto match = match_specifier(text_, position_)) {
    const std::size_t start = std::exchange(position_, match->end);
    clauses += text_.substr(start, match->end - start);
    if (next_is(".*")) {
      const bool equality =
          match->op == Specifier::Operator::equal || match->op == Specifier::Operator::not_equal;
      return ParseError::at(text_, position_,
                            equality ? "expected no .* after a pre-, post-, development or local version"
                                     : "expected .* only with == or !=",
                            2);
    }
    if (next_is("+") && position_ + 1 < text_.size() && is_ascii_alnum(text_[position_ + 1])) {
      return ParseError::at(text_, position_, "expected a local version only with == or !=", 1);
    }
    skip_space();
    if (!take(",")) break;
    clauses += ',';
    skip_space();
  }
  return clauses;
}

// ';' and a marker, or the end of the text.
Parsed<std::optional<Marker>> RequirementParser::marker_after(std::string_view expected) {
  if (at_end()) return std::optional<Marker>();
  if (!take(";")) return fault(std::string(expected));
  TRY(auto tree, marker(0));
  skip_space();
  if (!at_end()) return fault("expected 'and', 'or' or the end of the marker");
  return std::optional<Marker>(Marker(std::make_shared<const MarkerNode>(std::move(tree))));
}

Parsed<Marker> RequirementParser::whole_marker() {
  if (auto error = check_length(text_)) return *std::move(error);
  TRY(auto tree, marker(0));
  if (!at_end()) return fault("expected 'and', 'or' or the end of the marker");
  return Marker(std::make_shared<const MarkerNode>(std::move(tree)));
}

Parsed<MarkerNode> RequirementParser::marker(std::size_t depth) {
  MarkerNode list;
  while (true) {
    TRY(auto atom, marker_atom(depth));
    list.children.push_back(std::move(atom));
    if (take_word("or")) {
      list.or_follows.push_back(true);
    } else if (take_word("and")) {
      list.or_follows.push_back(false);
    } else {
      return list;
    }
  }
}

Parsed<MarkerNode> RequirementParser::marker_atom(std::size_t depth) {
  skip_space();
  const std::size_t open = position_;
  if (!take("(")) return marker_item();
  if (depth >= Marker::max_depth) {
    return ParseError::at(text_, open,
                          fmt::format("expected at most {} nested parentheses", Marker::max_depth), 1);
  }
  TRY(auto inner, marker(depth + 1));
  if (!take(")")) {
    return ParseError::at(text_, open, "expected ')' for this '(', after the marker", position_ - open);
  }
  skip_space();
  return inner;
}

Parsed<MarkerNode> RequirementParser::marker_item() {
  MarkerNode node;
  TRY(node.left, marker_operand());
  skip_space();
  TRY(node.op, marker_operator());
  skip_space();
  TRY(node.right, marker_operand());
  skip_space();
  normalize_extra(node);
  return node;
}

Parsed<MarkerOperand> RequirementParser::marker_operand() {
  for (const auto& [spelling, name] : variables) {
    if (take_word(spelling)) return MarkerOperand{true, std::string(name)};
  }
  if (!next_is("'") && !next_is("\"")) return fault("expected a marker variable or a quoted string");
  TRY(auto value, quoted_string());
  return MarkerOperand{false, std::move(value)};
}

Parsed<std::string> RequirementParser::quoted_string() {
  const std::size_t start = position_;
  const std::size_t end = text_.find(text_[start], start + 1);
  if (end == std::string_view::npos) return fault("expected a closing quote for this one");
  const std::size_t length = end + 1 - start;
  auto value = python_string(text_.substr(start + 1, length - 2));
  if (!value)
    return fault("expected a quoted string without line breaks, NUL, \\N and broken escapes", length);
  position_ = end + 1;
  return std::move(*value);
}

Parsed<std::string> RequirementParser::marker_operator() {
  if (take_word("in")) return std::string("in");
  if (take_word("not")) {
    if (!skip_space()) return fault("expected a blank after 'not'");
    if (!take_word("in")) return fault("expected 'in' after 'not'");
    return std::string("not in");
  }
  const auto* const found = std::ranges::find_if(comparisons, [this](auto token) { return next_is(token); });
  if (found == comparisons.end()) {
    return fault("expected one of <=, <, !=, ==, >=, >, ~=, ===, in and not in");
  }
  take(*found);
  return std::string(*found);
}

Parsed<Requirement> Requirement::read(std::string_view text) {
  return RequirementParser(text).requirement();
}

Result<Requirement> Requirement::parse(std::string_view text) {
  return read(text).to_result();
}

Parsed<Marker> Marker::read(std::string_view text) {
  return RequirementParser(text).whole_marker();
}

Result<Marker> Marker::parse(std::string_view text) {
  return read(text).to_result();
}

}  // namespace packhouse
