#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pep/marker_tree.hpp"
#include "pep/requirement.hpp"

namespace packhouse {

/// Recursive descent over dependency specifiers and markers. Each function reads what it is named after from
/// the current position and follows the rule of the same name in packaging._parser, so that both accept the
/// same language. White space is a blank or a tab, except inside a version clause.
class RequirementParser {
 public:
  explicit RequirementParser(std::string_view text) : text_(text) {}

  Parsed<Requirement> requirement();
  Parsed<Marker> whole_marker();

 private:
  struct Clauses {
    std::string text;
    std::size_t start = 0;
  };

  ParseError fault(std::string message, std::size_t length = 1) const;
  bool at_end() const noexcept { return position_ == text_.size(); }
  bool next_is(std::string_view token) const noexcept { return text_.substr(position_).starts_with(token); }
  bool take(std::string_view token) noexcept;
  bool take_word(std::string_view word) noexcept;
  bool skip_space() noexcept;
  std::optional<std::string> take_identifier();

  Parsed<std::vector<std::string>> extras();
  Parsed<Clauses> specifier();
  std::optional<std::string> specifier_list();
  Parsed<std::string> version_many();
  Parsed<std::optional<Marker>> marker_after(std::string_view expected);

  Parsed<MarkerNode> marker(std::size_t depth);
  Parsed<MarkerNode> marker_atom(std::size_t depth);
  Parsed<MarkerNode> marker_item();
  Parsed<MarkerOperand> marker_operand();
  Parsed<std::string> marker_operator();
  Parsed<std::string> quoted_string();

  std::string_view text_;
  std::size_t position_ = 0;
};

}  // namespace packhouse
