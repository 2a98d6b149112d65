#include "pep/content_type.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "base/error.hpp"
#include "base/text.hpp"
#include "pep/unicode.hpp"

namespace packhouse {
namespace {

constexpr std::array<std::string_view, 3> types = {"text/markdown", "text/plain", "text/x-rst"};

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

// What RFC 2045 lets a name or an unquoted value consist of, and all that is not ASCII.
bool is_token_byte(char c) {
  constexpr std::string_view ends = "()<>@,:;\\\"[]/?=*' ";
  return !is_control(c) && !ends.contains(c);
}

// parameter *(";" parameter), each with comments and blanks around its words.
class Parameters {
 public:
  explicit Parameters(std::string_view text) : text_(text) {}

  // False where the text is no list of parameters, or one is given twice.
  bool read() {
    while (position_ < text_.size()) {
      if (!skip_comments()) return false;
      if (position_ == text_.size()) return true;
      if (!read_one()) return false;
      if (position_ == text_.size()) return true;
      if (text_[position_] != ';') return false;
      ++position_;
    }
    return true;
  }

  std::string get(const std::string& name, std::string_view fallback) const {
    const auto found = values_.find(name);
    return found == values_.end() ? std::string(fallback) : found->second;
  }

 private:
  char peek() const { return position_ < text_.size() ? text_[position_] : '\0'; }

  bool read_one() {
    const auto name = token("%");
    if (name.empty() || !skip_comments() || peek() != '=') return false;
    ++position_;
    if (!skip_comments()) return false;
    std::string value;
    if (peek() == '"') {
      if (!quoted(value)) return false;
    } else {
      value = token("");
      if (value.empty()) return false;
    }
    if (!skip_comments() || !names_.emplace(name, true).second) return false;
    values_[ascii_lower(name)] = value;
    return true;
  }

  // Unless it is one of `also_ends`.
  std::string_view token(std::string_view also_ends) {
    const std::size_t start = position_;
    while (position_ < text_.size() && is_token_byte(text_[position_]) &&
           !also_ends.contains(text_[position_])) {
      ++position_;
    }
    return text_.substr(start, position_ - start);
  }

  bool quoted(std::string& value) {
    for (++position_; position_ < text_.size(); ++position_) {
      char c = text_[position_];
      if (c == '"') {
        ++position_;
        return true;
      }
      if (c == '\\' && position_ + 1 < text_.size() && text_[position_ + 1] != ' ') c = text_[++position_];
      if (is_control(c) && c != '\t') return false;
      value += c;
    }
    return false;
  }

  // Blanks and nested comments; false for a comment without an end.
  bool skip_comments() {
    std::size_t depth = 0;
    for (; position_ < text_.size(); ++position_) {
      const char c = text_[position_];
      if (depth == 0 && c != ' ' && c != '\t' && c != '(') return true;
      if (c == '(') ++depth;
      if (c == ')') --depth;
      if (c == '\\' && position_ + 1 < text_.size()) ++position_;
      if (is_control(c) && c != '\t') return false;
    }
    return depth == 0;
  }

  std::string_view text_;
  std::size_t position_ = 0;
  std::map<std::string_view, bool> names_;
  std::map<std::string, std::string> values_;
};

}  // namespace

std::optional<std::string> content_type_problem(std::string_view value) {
  const auto semicolon = std::min(value.find(';'), value.size());
  const std::string type = ascii_lower(trim(value.substr(0, semicolon), " \t"));
  if (std::ranges::find(types, type) == types.end()) {
    return fmt::format("expected text/plain, text/x-rst or text/markdown, found {}", quote(value));
  }
  Parameters parameters(value.substr(std::min(semicolon + 1, value.size())));
  if (!parameters.read()) {
    return fmt::format("expected parameters such as \"; charset=UTF-8; variant=GFM\", found {}",
                       quote(value));
  }
  const std::string charset = parameters.get("charset", "UTF-8");
  if (!iequals(charset, "UTF-8")) return fmt::format("expected the charset UTF-8, found {}", quote(charset));
  const std::string variant = parameters.get("variant", "GFM");
  if (type == "text/markdown" && variant != "GFM" && variant != "CommonMark") {
    return fmt::format("expected the Markdown variant GFM or CommonMark, found {}", quote(variant));
  }
  return std::nullopt;
}

}  // namespace packhouse
