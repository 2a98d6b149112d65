#include "pep/version_reader.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "base/text.hpp"
#include "pep/unicode.hpp"
#include "pep/version_segments.hpp"

namespace packhouse {
namespace {

struct Letters {
  std::string_view spelling;
  std::string_view kind;
};
// Longer spellings before those they begin with.
constexpr std::array<Letters, 8> pre_letters = {{{"alpha", "a"},
                                                 {"a", "a"},
                                                 {"beta", "b"},
                                                 {"b", "b"},
                                                 {"preview", "rc"},
                                                 {"pre", "rc"},
                                                 {"c", "rc"},
                                                 {"rc", "rc"}}};
constexpr std::array<Letters, 3> post_letters = {{{"post", "post"}, {"rev", "post"}, {"r", "post"}}};
constexpr std::array<Letters, 1> dev_letters = {{{"dev", "dev"}}};

std::string_view without_leading_zeros(std::string_view digits) {
  return digits.substr(std::min(digits.find_first_not_of('0'), digits.size() - 1));
}

}  // namespace

// Reads one version; each step follows a group of packaging's VERSION_PATTERN, which leaves no choice between
// two readings: every optional part begins with something that what follows cannot begin with.
class VersionReader {
 public:
  explicit VersionReader(std::string_view text, std::size_t start = 0)
      : text_(text), position_(start + unicode::space_length(text, start)) {}

  Parsed<Version> read();
  std::optional<VersionPrefix> read_prefix(bool allow_local);

 private:
  char peek(std::size_t ahead = 0) const {
    return position_ + ahead < text_.size() ? text_[position_ + ahead] : '\0';
  }
  bool is_separator_next() const { return peek() == '.' || peek() == '-' || peek() == '_'; }
  std::string_view from(std::size_t start) const { return text_.substr(start, position_ - start); }

  std::string_view number();
  std::string_view lettered(std::span<const Letters> choices, std::string_view& number);

  bool read_epoch_and_release();
  void read_pre() { parts_.pre_kind = lettered(pre_letters, parts_.pre_number); }
  void read_post();
  void read_dev() { lettered(dev_letters, parts_.dev); }
  void read_local();

  ParseError fault() const;
  std::string normal_form() const;
  Version version() const { return {VersionKey::of(parts_), normal_form()}; }

  std::string_view text_;
  std::size_t position_;
  std::size_t release_start_ = 0;
  std::size_t release_end_ = 0;
  VersionSegments parts_;  // as they are written
};

// Empty if there is none.
std::string_view VersionReader::number() {
  const std::size_t start = position_;
  while (is_ascii_digit(peek()))
    ++position_;
  return from(start);
}

// [._-]? letters [._-]? digits?; the kind of the letters, or nothing consumed. No digits are the number 0.
std::string_view VersionReader::lettered(std::span<const Letters> choices, std::string_view& number) {
  const std::size_t start = position_;
  if (is_separator_next()) ++position_;
  for (const auto& [spelling, kind] : choices) {
    if (!iequals(text_.substr(position_, spelling.size()), spelling)) continue;
    position_ += spelling.size();
    if (is_separator_next()) ++position_;
    number = this->number();
    if (number.empty()) number = "0";
    return kind;
  }
  position_ = start;
  return {};
}

bool VersionReader::read_epoch_and_release() {
  if (to_ascii_lower(peek()) == 'v') ++position_;
  release_start_ = position_;
  auto first = number();
  if (!first.empty() && peek() == '!') {
    parts_.epoch = first;
    release_start_ = ++position_;
    first = number();
  }
  if (first.empty()) return false;
  while (peek() == '.' && is_ascii_digit(peek(1))) {
    ++position_;
    number();
  }
  release_end_ = position_;
  parts_.release = from(release_start_);
  return true;
}

void VersionReader::read_post() {
  if (peek() == '-' && is_ascii_digit(peek(1))) {
    ++position_;
    parts_.post = number();
  } else {
    lettered(post_letters, parts_.post);
  }
}

void VersionReader::read_local() {
  if (peek() != '+' || !is_ascii_alnum(peek(1))) return;
  const std::size_t start = ++position_;
  while (is_ascii_alnum(peek()) || (is_separator_next() && is_ascii_alnum(peek(1))))
    ++position_;
  parts_.local = from(start);
}

ParseError VersionReader::fault() const {
  if (position_ >= text_.size()) {
    return ParseError::at(text_, position_,
                          text_.empty() ? "expected a version, found nothing"
                                        : "expected a digit, found the end of the version");
  }
  if (position_ == release_start_) return ParseError::at(text_, position_, "expected a digit", 1);
  return ParseError::at(text_, position_, "expected the version to end here or to go on as PEP 440 says", 1);
}

std::string VersionReader::normal_form() const {
  std::string text;
  if (const auto epoch = parts_.epoch; epoch.find_first_not_of('0') != std::string_view::npos)
    (text += without_leading_zeros(epoch)) += '!';
  for (auto rest = parts_.release; !rest.empty();) {
    text += without_leading_zeros(next_part(rest, '.'));
    if (!rest.empty()) text += '.';
  }
  if (!parts_.pre_kind.empty()) (text += parts_.pre_kind) += without_leading_zeros(parts_.pre_number);
  if (!parts_.post.empty()) (text += ".post") += without_leading_zeros(parts_.post);
  if (!parts_.dev.empty()) (text += ".dev") += without_leading_zeros(parts_.dev);
  if (parts_.local.empty()) return text;
  std::string local = ascii_lower(parts_.local);
  std::ranges::replace_if(local, [](char c) { return c == '-' || c == '_'; }, '.');
  for (std::string_view rest = local; !rest.empty();) {
    text += rest.size() == local.size() ? '+' : '.';
    const auto part = next_part(rest, '.');
    text += std::ranges::all_of(part, is_ascii_digit) ? without_leading_zeros(part) : part;
  }
  return text;
}

Parsed<Version> VersionReader::read() {
  if (!read_epoch_and_release()) return fault();
  read_pre();
  read_post();
  read_dev();
  read_local();
  if (position_ + unicode::space_length(text_, position_) != text_.size()) return fault();
  return version();
}

std::optional<VersionPrefix> VersionReader::read_prefix(bool allow_local) {
  if (!read_epoch_and_release()) return std::nullopt;
  read_pre();
  read_post();
  read_dev();
  if (allow_local) read_local();
  const auto numbers = static_cast<std::size_t>(std::ranges::count(parts_.release, '.')) + 1;
  const bool release_only = position_ == release_end_;
  return VersionPrefix{version(), position_, numbers, release_only};
}

std::optional<VersionPrefix> read_version_prefix(std::string_view text, std::size_t start, bool allow_local) {
  return VersionReader(text, start).read_prefix(allow_local);
}

Parsed<Version> Version::read(std::string_view text) {
  return VersionReader(text).read();
}

}  // namespace packhouse
