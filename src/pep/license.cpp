#include "pep/license.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "base/text.hpp"
#include "pep/unicode.hpp"

namespace packhouse {
namespace {

constexpr auto licenses = std::to_array<std::string_view>({
#define SPDX_LIST_VERSION(version)
#define SPDX_LICENSE(id) id,
#define SPDX_EXCEPTION(id)
#include "pep/data/spdx.def"
#undef SPDX_LICENSE
#undef SPDX_EXCEPTION
});

constexpr auto exceptions = std::to_array<std::string_view>({
#define SPDX_LICENSE(id)
#define SPDX_EXCEPTION(id) id,
#include "pep/data/spdx.def"
#undef SPDX_LICENSE
#undef SPDX_EXCEPTION
#undef SPDX_LIST_VERSION
});

constexpr std::string_view list_version =
#define SPDX_LIST_VERSION(version) version
#define SPDX_LICENSE(id)
#define SPDX_EXCEPTION(id)
#include "pep/data/spdx.def"
#undef SPDX_LIST_VERSION
#undef SPDX_LICENSE
#undef SPDX_EXCEPTION
    ;

constexpr std::string_view ref_prefix = "LicenseRef-";

// The identifier as SPDX spells it.
std::optional<std::string_view> find_id(std::span<const std::string_view> list, std::string_view id) {
  const std::string wanted = ascii_lower(id);
  const auto found = std::ranges::lower_bound(list, wanted, {}, ascii_lower);
  if (found == list.end() || ascii_lower(*found) != wanted) return std::nullopt;
  return *found;
}

enum class Kind : std::uint8_t { identifier, connective, with, open, close };

struct Token {
  std::string_view text;
  Kind kind;
};

Kind kind_of(std::string_view word) {
  if (word == "(") return Kind::open;
  if (word == ")") return Kind::close;
  if (iequals(word, "and") || iequals(word, "or")) return Kind::connective;
  return iequals(word, "with") ? Kind::with : Kind::identifier;
}

// Words between white space; parentheses stand alone.
std::vector<Token> tokenize(std::string_view text) {
  std::vector<Token> tokens;
  std::size_t position = 0;
  while ((position += unicode::space_length(text, position)) < text.size()) {
    std::size_t end = position + 1;
    if (text[position] != '(' && text[position] != ')') {
      while (end < text.size() && text[end] != '(' && text[end] != ')' &&
             unicode::space_length(text, end) == 0)
        ++end;
    }
    const auto word = text.substr(position, end - position);
    tokens.push_back({word, kind_of(word)});
    position = end;
  }
  return tokens;
}

// Writes the canonical form while it checks the grammar:
//   expression: term ((AND | OR) term)*    term: '(' expression ')' | license (WITH exception)?
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text), tokens_(tokenize(text)) {}

  Parsed<std::string> read() {
    note_references();
    for (const Token& token : tokens_) {
      if (auto error = take(token)) return *std::move(error);
    }
    if (expects_exception_) return end_fault("expected a licence exception after WITH");
    if (expects_term_) return end_fault("expected a licence identifier or '('");
    if (depth_ > 0) return end_fault("expected ')'");
    return std::move(out_);
  }

 private:
  // Of two spellings of one reference the first counts for both.
  void note_references() {
    for (const Token& token : tokens_) {
      if (iequals(token.text.substr(0, ref_prefix.size()), ref_prefix)) {
        references_.try_emplace(ascii_lower(token.text), token.text.substr(ref_prefix.size()));
      }
    }
  }

  std::optional<ParseError> take(const Token& token) {
    if (expects_exception_) return take_exception(token);
    switch (token.kind) {
      case Kind::open:
        if (!expects_term_) return fault(token, "expected AND, OR, WITH or ')'");
        if (++depth_ > LicenseExpression::max_depth) {
          return fault(token,
                       fmt::format("expected at most {} nested parentheses", LicenseExpression::max_depth));
        }
        write("(");
        return std::nullopt;
      case Kind::close:
        if (expects_term_) return fault(token, "expected a licence identifier or '('");
        if (depth_ == 0) return fault(token, "expected a '(' for this ')'");
        --depth_;
        out_ += ')';
        allows_with_ = false;
        return std::nullopt;
      case Kind::connective:
        if (expects_term_) return fault(token, "expected a licence identifier or '('");
        write(iequals(token.text, "and") ? "AND" : "OR");
        expects_term_ = true;
        return std::nullopt;
      case Kind::with:
        if (expects_term_ || !allows_with_)
          return fault(token, "expected WITH only right after a licence identifier");
        write("WITH");
        expects_exception_ = true;
        return std::nullopt;
      case Kind::identifier:
        return take_license(token);
    }
    return std::nullopt;
  }

  std::optional<ParseError> take_license(const Token& token) {
    if (!expects_term_) return fault(token, "expected AND, OR, WITH, ')' or the end");
    const bool or_later = token.text.ends_with('+');
    const auto id = token.text.substr(0, token.text.size() - (or_later ? 1 : 0));
    if (iequals(id.substr(0, ref_prefix.size()), ref_prefix)) {
      const auto name = id.substr(ref_prefix.size());
      const bool valid = !or_later && !name.empty() && std::ranges::all_of(name, [](char c) {
        return is_ascii_alnum(c) || c == '.' || c == '-';
      });
      if (!valid) return fault(token, "expected LicenseRef- and then letters, digits, '.' and '-'");
      write(ref_prefix);
      out_ += references_[ascii_lower(id)];
    } else {
      const auto known = find_id(licenses, id);
      if (!known)
        return fault(token, fmt::format("expected an SPDX licence identifier, found {}", quote(token.text)));
      write(*known);
      if (or_later) out_ += '+';
    }
    expects_term_ = false;
    allows_with_ = true;
    return std::nullopt;
  }

  std::optional<ParseError> take_exception(const Token& token) {
    const auto known = token.kind == Kind::identifier ? find_id(exceptions, token.text) : std::nullopt;
    if (!known)
      return fault(token, fmt::format("expected an SPDX licence exception, found {}", quote(token.text)));
    write(*known);
    expects_exception_ = false;
    allows_with_ = false;
    return std::nullopt;
  }

  void write(std::string_view word) {
    if (!out_.empty() && out_.back() != '(') out_ += ' ';
    out_ += word;
  }

  ParseError fault(const Token& token, std::string message) const {
    return ParseError::at(text_, static_cast<std::size_t>(token.text.data() - text_.data()),
                          std::move(message), token.text.size());
  }
  ParseError end_fault(std::string message) const {
    return ParseError::at(text_, text_.size(), std::move(message) + ", found the end");
  }

  std::string_view text_;
  std::vector<Token> tokens_;
  std::map<std::string, std::string_view> references_;
  std::string out_;
  std::size_t depth_ = 0;
  bool expects_term_ = true;
  bool allows_with_ = false;
  bool expects_exception_ = false;
};

}  // namespace

Parsed<LicenseExpression> LicenseExpression::read(std::string_view text) {
  if (auto error = check_length(text)) return *std::move(error);
  TRY(auto canonical, Reader(text).read());
  return LicenseExpression(std::move(canonical));
}

Result<LicenseExpression> LicenseExpression::parse(std::string_view text) {
  return read(text).to_result();
}

std::string_view spdx_list_version() noexcept {
  return list_version;
}

}  // namespace packhouse
