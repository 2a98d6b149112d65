#include "pep/specifier_syntax.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "pep/unicode.hpp"

namespace packhouse {
namespace {

using Operator = Specifier::Operator;

// Longer operators before those they begin with.
constexpr std::array<Operator, 8> operators = {Operator::arbitrary,     Operator::equal,
                                               Operator::not_equal,     Operator::compatible,
                                               Operator::less_or_equal, Operator::greater_or_equal,
                                               Operator::less,          Operator::greater};

bool is_equality(Operator op) {
  return op == Operator::equal || op == Operator::not_equal;
}

// `[^\s;)]*`: all but white space, which a marker or a parenthesis would end.
std::size_t arbitrary_end(std::string_view text, std::size_t position) {
  while (position < text.size() && text[position] != ';' && text[position] != ')') {
    const auto point = unicode::decode(text, position);
    if (unicode::is_space(point.value)) break;
    position += point.length;
  }
  return position;
}

}  // namespace

std::optional<SpecifierPrefix> match_specifier(std::string_view text, std::size_t start) {
  const auto* const found = std::ranges::find_if(
      operators, [&](Operator op) { return text.substr(start).starts_with(to_string(op)); });
  if (found == operators.end()) return std::nullopt;
  const Operator op = *found;
  const std::size_t after = start + to_string(op).size();
  const std::size_t version_start = after + unicode::space_length(text, after);
  if (op == Operator::arbitrary) {
    const auto end = arbitrary_end(text, version_start);
    if (end == version_start) return std::nullopt;
    return SpecifierPrefix{op, version_start, end, std::nullopt};
  }
  auto version = read_version_prefix(text, version_start, is_equality(op));
  if (!version || (op == Operator::compatible && version->release_length < 2)) return std::nullopt;
  const bool prefix = is_equality(op) && version->release_only && text.substr(version->end).starts_with(".*");
  const std::size_t end = version->end + (prefix ? 2 : 0);
  return SpecifierPrefix{op, version_start, end, std::move(version), prefix};
}

Parsed<Specifier> Specifier::read(std::string_view text) {
  const std::size_t start = unicode::space_length(text, 0);
  auto match = match_specifier(text, start);
  if (!match) {
    const bool has_operator = text.substr(start).find_first_of("=!~<>") == 0;
    return ParseError::at(text, start,
                          has_operator
                              ? "expected one of ==, !=, <=, >=, <, >, ~= and ===, then a version (with ~= "
                                "one of at least two numbers)"
                              : "expected one of ==, !=, <=, >=, <, >, ~= and ===",
                          text.size() - start);
  }
  if (match->end + unicode::space_length(text, match->end) != text.size()) {
    return ParseError::at(
        text, match->end,
        "expected the end of the version specifier (a local version or .* goes only with == and "
        "!=, and .* only after release numbers)",
        1);
  }
  Specifier specifier;
  specifier.op_ = match->op;
  specifier.version_text_ = unicode::trim(text.substr(match->version_start));
  specifier.prefix_ = match->is_prefix;
  if (match->version) {
    specifier.version_ = std::move(match->version->version);
  } else if (auto version = Version::read(specifier.version_text_); version.ok()) {
    specifier.version_ = std::move(*version);
  }
  specifier.derive_bounds();
  return specifier;
}

Result<Specifier> Specifier::parse(std::string_view text) {
  return read(text).to_result();
}

}  // namespace packhouse
