#include "pep/version.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <span>

#include "base/text.hpp"
#include "pep/unicode.hpp"
#include "pep/version_segments.hpp"

namespace packhouse {
namespace {

// The key. high_: three release numbers. low_: the fourth, the rank of the pre-release, its number, the
// post-release (0: none, else number + 1), whether this is no development release, its number, and, outside
// the order, how many release numbers are written. It sorts as packaging's _cmpkey() does. A version that
// does not fit has a text; then the first release number that is too large makes its field and what follows
// it in high_ ones, so that high_ stays in order.
struct Field {
  unsigned shift;  // from the right of its half
  unsigned width;
  constexpr std::uint64_t max() const { return (std::uint64_t{1} << width) - 1; }
};
constexpr std::array<Field, 4> release_fields = {Field{39, 25}, Field{19, 20}, Field{0, 19}, Field{52, 12}};
constexpr std::size_t high_fields = 3;
constexpr Field rank_field{49, 3};
constexpr Field pre_field{40, 9};
constexpr Field post_field{31, 9};
constexpr Field final_field{30, 1};
constexpr Field dev_field{4, 26};
constexpr Field length_field{0, 4};

// Ranks of the pre-release: 1.0.dev1 < 1.0a1 < 1.0b1 < 1.0rc1 < 1.0.
constexpr std::uint64_t rank_dev_only = 0;
constexpr std::uint64_t rank_none = 4;
constexpr std::array<std::string_view, 5> rank_names = {"", "a", "b", "rc", ""};

constexpr std::uint64_t final_suffix = rank_none << rank_field.shift | std::uint64_t{1} << final_field.shift;

std::uint64_t get(std::uint64_t half, Field field) {
  return half >> field.shift & field.max();
}

std::uint64_t rank_of(std::string_view kind) {
  return kind == "a" ? 1 : kind == "b" ? 2 : 3;
}

std::string_view without_leading_zeros(std::string_view digits) {
  const auto start = digits.find_first_not_of('0');
  return start == std::string_view::npos ? digits.substr(digits.size() - 1) : digits.substr(start);
}

// Of numbers without leading zeros.
std::strong_ordering compare_numbers(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return a.size() <=> b.size();
  return a.compare(b) <=> 0;
}

// The next part of `rest` before `separator`; `rest` becomes what follows it.
std::string_view next_part(std::string_view& rest, char separator) {
  const auto end = std::min(rest.find(separator), rest.size());
  const auto part = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return part;
}

std::strong_ordering compare_releases(std::string_view a, std::string_view b) {
  while (!a.empty() || !b.empty()) {
    const auto left = a.empty() ? std::string_view("0") : next_part(a, '.');
    const auto right = b.empty() ? std::string_view("0") : next_part(b, '.');
    if (const auto order = compare_numbers(left, right); order != 0) return order;
  }
  return std::strong_ordering::equal;
}

// No number sorts before 0 here: "absent" is the lowest.
std::strong_ordering compare_optional_numbers(std::string_view a, std::string_view b) {
  return compare_numbers(a, b);  // an absent number is the empty text, shorter than any other
}

std::uint64_t rank_of(const VersionSegments& segments) {
  if (!segments.pre_kind.empty()) return rank_of(segments.pre_kind);
  return segments.post.empty() && !segments.dev.empty() ? rank_dev_only : rank_none;
}

std::strong_ordering compare_suffixes(const VersionSegments& a, const VersionSegments& b) {
  if (const auto order = rank_of(a) <=> rank_of(b); order != 0) return order;
  if (const auto order = compare_optional_numbers(a.pre_number, b.pre_number); order != 0) return order;
  if (const auto order = compare_optional_numbers(a.post, b.post); order != 0) return order;
  if (a.dev.empty() != b.dev.empty()) {
    return a.dev.empty() ? std::strong_ordering::greater : std::strong_ordering::less;
  }
  return compare_optional_numbers(a.dev, b.dev);
}

std::strong_ordering compare_local_parts(std::string_view a, std::string_view b) {
  const auto is_number = [](std::string_view part) { return std::ranges::all_of(part, is_ascii_digit); };
  if (is_number(a) != is_number(b))
    return is_number(b) ? std::strong_ordering::less : std::strong_ordering::greater;
  return is_number(a) ? compare_numbers(a, b) : a.compare(b) <=> 0;
}

std::strong_ordering compare_locals(std::string_view a, std::string_view b) {
  while (!a.empty() && !b.empty()) {
    if (const auto order = compare_local_parts(next_part(a, '.'), next_part(b, '.')); order != 0)
      return order;
  }
  return b.empty() <=> a.empty();
}

char* write_number(char* out, char* end, std::uint64_t number) {
  return std::to_chars(out, end, number).ptr;
}
char* write_text(char* out, std::string_view text) {
  return std::ranges::copy(text, out).out;
}

}  // namespace

// Reads one version; each step follows a group of packaging's VERSION_PATTERN, which leaves no choice between
// two readings: every optional part begins with something that what follows cannot begin with.
class VersionReader {
 public:
  explicit VersionReader(std::string_view text, std::size_t start = 0)
      : text_(text), position_(start + unicode::space_length(text, start)) {}

  // Digits and dots only, all small: two of three versions that are ever read.
  static bool read_plain(std::string_view text, Version& version);

  Parsed<Version> read();
  std::optional<VersionPrefix> read_prefix(bool allow_local);

 private:
  struct Letters {
    std::string_view spelling;
    std::string_view kind;
  };
  // Longer spellings before those they begin with.
  static constexpr std::array<Letters, 8> pre_letters = {{{"alpha", "a"},
                                                          {"a", "a"},
                                                          {"beta", "b"},
                                                          {"b", "b"},
                                                          {"preview", "rc"},
                                                          {"pre", "rc"},
                                                          {"c", "rc"},
                                                          {"rc", "rc"}}};
  static constexpr std::array<Letters, 3> post_letters = {{{"post", "post"}, {"rev", "post"}, {"r", "post"}}};
  static constexpr std::array<Letters, 1> dev_letters = {{{"dev", "dev"}}};

  char peek(std::size_t ahead = 0) const {
    return position_ + ahead < text_.size() ? text_[position_ + ahead] : '\0';
  }
  bool is_separator_next() const { return peek() == '.' || peek() == '-' || peek() == '_'; }
  std::string_view digits();
  std::optional<std::string_view> lettered(std::span<const Letters> choices, std::string_view& number);

  bool read_epoch_and_release();
  void read_pre();
  void read_post();
  void read_dev();
  void read_local();

  std::uint64_t small(std::string_view number, Field field, std::uint64_t added = 0);
  void put_release(std::string_view number);
  void put_suffix();
  ParseError fault() const;
  std::string normal_form() const;
  Version finish();

  std::string_view text_;
  std::size_t position_;
  std::string_view epoch_;
  std::size_t release_start_ = 0;
  std::size_t release_end_ = 0;
  std::string_view pre_kind_;
  std::string_view pre_number_;
  std::string_view post_;
  std::string_view dev_;
  std::string_view local_;
  Version version_;
  std::size_t release_length_ = 0;
  bool small_ = true;  // the key says all
};

bool VersionReader::read_plain(std::string_view text, Version& version) {
  std::array<std::uint32_t, 4> numbers{};
  std::size_t count = 0;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (true) {
    const char* const start = at;
    std::uint32_t number = 0;
    for (; at != end && is_ascii_digit(*at); ++at)
      number = number * 10 + static_cast<std::uint32_t>(*at - '0');
    const auto length = at - start;
    if (length == 0 || length > 8 || (length > 1 && *start == '0') || count == numbers.size()) return false;
    if (number >= release_fields[count].max()) return false;
    numbers[count++] = number;
    if (at == end) break;
    if (*at++ != '.') return false;
  }
  version.high_ = std::uint64_t{numbers[0]} << release_fields[0].shift |
                  std::uint64_t{numbers[1]} << release_fields[1].shift | numbers[2];
  version.low_ = std::uint64_t{numbers[3]} << release_fields[3].shift | final_suffix | count;
  return true;
}

std::string_view VersionReader::digits() {
  const std::size_t start = position_;
  while (is_ascii_digit(peek()))
    ++position_;
  return text_.substr(start, position_ - start);
}

// [._-]? letters [._-]? digits?; the kind of the letters, or nothing consumed. No digits are the number 0.
std::optional<std::string_view> VersionReader::lettered(std::span<const Letters> choices,
                                                        std::string_view& number) {
  const std::size_t start = position_;
  if (is_separator_next()) ++position_;
  for (const auto& [spelling, kind] : choices) {
    if (!iequals(text_.substr(position_, spelling.size()), spelling)) continue;
    position_ += spelling.size();
    if (is_separator_next()) ++position_;
    number = digits();
    number = number.empty() ? "0" : without_leading_zeros(number);
    return kind;
  }
  position_ = start;
  return std::nullopt;
}

bool VersionReader::read_epoch_and_release() {
  if (to_ascii_lower(peek()) == 'v') ++position_;
  release_start_ = position_;
  auto number = digits();
  if (number.empty()) return false;
  if (peek() == '!') {
    epoch_ = without_leading_zeros(number);
    ++position_;
    release_start_ = position_;
    number = digits();
    if (number.empty()) return false;
  }
  if (!epoch_.empty() && epoch_ != "0") {
    small_ = false;
    version_.high_ = ~std::uint64_t{0};
  }
  put_release(without_leading_zeros(number));
  while (peek() == '.' && is_ascii_digit(peek(1))) {
    ++position_;
    put_release(without_leading_zeros(digits()));
  }
  release_end_ = position_;
  return true;
}

void VersionReader::read_pre() {
  if (const auto kind = lettered(pre_letters, pre_number_)) pre_kind_ = *kind;
}

void VersionReader::read_post() {
  if (peek() == '-' && is_ascii_digit(peek(1))) {
    ++position_;
    post_ = without_leading_zeros(digits());
  } else {
    lettered(post_letters, post_);
  }
}

void VersionReader::read_dev() {
  lettered(dev_letters, dev_);
}

void VersionReader::read_local() {
  if (peek() != '+' || !is_ascii_alnum(peek(1))) return;
  const std::size_t start = ++position_;
  while (is_ascii_alnum(peek()) || (is_separator_next() && is_ascii_alnum(peek(1))))
    ++position_;
  local_ = text_.substr(start, position_ - start);
}

// The number as its field holds it. What does not fit is all ones, which the field never holds otherwise.
std::uint64_t VersionReader::small(std::string_view number, Field field, std::uint64_t added) {
  std::uint64_t value = 0;
  if (number.size() <= 9) std::from_chars(number.data(), number.data() + number.size(), value);
  value += added;
  if (number.size() <= 9 && value < field.max()) return value;
  small_ = false;
  return field.max();
}

void VersionReader::put_release(std::string_view number) {
  const std::size_t index = release_length_++;
  if (index >= release_fields.size()) {
    small_ = small_ && number == "0" && release_length_ <= length_field.max();
    return;
  }
  const Field field = release_fields[index];
  const std::uint64_t value = small(number, field);
  if (index >= high_fields) {
    version_.low_ |= value << field.shift;
  } else if (value == field.max()) {
    version_.high_ |= (value << field.shift) | ((std::uint64_t{1} << field.shift) - 1);
  } else {
    version_.high_ |= value << field.shift;
  }
}

void VersionReader::put_suffix() {
  VersionSegments segments;
  segments.pre_kind = pre_kind_;
  segments.post = post_;
  segments.dev = dev_;
  version_.low_ |= rank_of(segments) << rank_field.shift | release_length_;
  if (!pre_kind_.empty()) version_.low_ |= small(pre_number_, pre_field) << pre_field.shift;
  if (!post_.empty()) version_.low_ |= small(post_, post_field, 1) << post_field.shift;
  version_.low_ |=
      dev_.empty() ? std::uint64_t{1} << final_field.shift : small(dev_, dev_field) << dev_field.shift;
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
  if (!epoch_.empty() && epoch_ != "0") text += fmt::format("{}!", epoch_);
  auto release = text_.substr(release_start_, release_end_ - release_start_);
  while (!release.empty()) {
    text += without_leading_zeros(next_part(release, '.'));
    if (!release.empty()) text += '.';
  }
  if (!pre_kind_.empty()) text += fmt::format("{}{}", pre_kind_, pre_number_);
  if (!post_.empty()) text += fmt::format(".post{}", post_);
  if (!dev_.empty()) text += fmt::format(".dev{}", dev_);
  std::string local = ascii_lower(local_);
  std::ranges::replace_if(local, [](char c) { return c == '-' || c == '_'; }, '.');
  for (std::string_view rest = local; !rest.empty();) {
    text += rest.size() == local.size() ? '+' : '.';
    const auto part = next_part(rest, '.');
    text += std::ranges::all_of(part, is_ascii_digit) ? without_leading_zeros(part) : part;
  }
  return text;
}

Version VersionReader::finish() {
  if (!small_ || !local_.empty()) version_.set_text(normal_form());
  return std::move(version_);
}

Parsed<Version> VersionReader::read() {
  if (!read_epoch_and_release()) return fault();
  read_pre();
  read_post();
  read_dev();
  put_suffix();
  read_local();
  const std::size_t end = position_ + unicode::space_length(text_, position_);
  if (end != text_.size()) return fault();
  return finish();
}

std::optional<VersionPrefix> VersionReader::read_prefix(bool allow_local) {
  if (!read_epoch_and_release()) return std::nullopt;
  read_pre();
  read_post();
  read_dev();
  put_suffix();
  if (allow_local) read_local();
  return VersionPrefix{finish(), position_, release_length_, position_ == release_end_};
}

std::optional<VersionPrefix> read_version_prefix(std::string_view text, std::size_t start, bool allow_local) {
  return VersionReader(text, start).read_prefix(allow_local);
}

Parsed<Version> Version::read(std::string_view text) {
  Version version;
  if (VersionReader::read_plain(text, version)) return version;
  return VersionReader(text).read();
}

Result<Version> Version::parse(std::string_view text) {
  return read(text).to_result();
}

static_assert(alignof(std::string) > 1U << 2U && __STDCPP_DEFAULT_NEW_ALIGNMENT__ >= 16,
              "an address on the heap must end in as many zeros as the count of release numbers has bits");

const std::string& Version::text() const noexcept {
  return *std::bit_cast<const std::string*>(low_);
}

void Version::set_text(std::string text) {
  low_ = std::bit_cast<std::uint64_t>(new const std::string(std::move(text)));
}

std::uint64_t Version::copy_text(const Version& other) {
  return other.low_ == 0 ? 0 : std::bit_cast<std::uint64_t>(new const std::string(other.text()));
}

void Version::destroy_text() noexcept {
  delete std::bit_cast<const std::string*>(low_);
}

std::string_view VersionSegments::text_of(const Version& version, Buffer& buffer) noexcept {
  if (version.has_text()) return version.low_ == 0 ? std::string_view() : version.text();
  const std::uint64_t low = version.low_;
  char* out = buffer.data();
  char* const end = out + buffer.size();
  for (std::size_t i = 0; i < get(low, length_field); ++i) {
    if (i > 0) *out++ = '.';
    const std::uint64_t half = i < high_fields ? version.high_ : low;
    out = write_number(out, end, i < release_fields.size() ? get(half, release_fields[i]) : 0);
  }
  const std::uint64_t rank = get(low, rank_field);
  if (rank != rank_none && rank != rank_dev_only) {
    out = write_number(write_text(out, rank_names[rank]), end, get(low, pre_field));
  }
  if (get(low, post_field) != 0) out = write_number(write_text(out, ".post"), end, get(low, post_field) - 1);
  if (get(low, final_field) == 0) out = write_number(write_text(out, ".dev"), end, get(low, dev_field));
  return {buffer.data(), static_cast<std::size_t>(out - buffer.data())};
}

VersionSegments VersionSegments::split(std::string_view text) noexcept {
  VersionSegments segments;
  if (const auto plus = text.find('+'); plus != std::string_view::npos) {
    segments.local = text.substr(plus + 1);
    text = text.substr(0, plus);
  }
  if (const auto dev = text.find(".dev"); dev != std::string_view::npos) {
    segments.dev = text.substr(dev + 4);
    text = text.substr(0, dev);
  }
  if (const auto post = text.find(".post"); post != std::string_view::npos) {
    segments.post = text.substr(post + 5);
    text = text.substr(0, post);
  }
  segments.epoch = "0";
  if (const auto mark = text.find('!'); mark != std::string_view::npos) {
    segments.epoch = text.substr(0, mark);
    text = text.substr(mark + 1);
  }
  if (const auto letter = text.find_first_of("abr"); letter != std::string_view::npos) {
    const auto number = text.find_first_of("0123456789", letter);
    segments.pre_kind = text.substr(letter, number - letter);
    segments.pre_number = text.substr(number);
    text = text.substr(0, letter);
  }
  segments.release = text;
  return segments;
}

std::strong_ordering Version::compare_texts(const Version& other) const noexcept {
  VersionSegments::Buffer mine_buffer;
  VersionSegments::Buffer its_buffer;
  const auto mine = VersionSegments::split(VersionSegments::text_of(*this, mine_buffer));
  const auto its = VersionSegments::split(VersionSegments::text_of(other, its_buffer));
  if (const auto order = compare_numbers(mine.epoch, its.epoch); order != 0) return order;
  if (const auto order = compare_releases(mine.release, its.release); order != 0) return order;
  if (const auto order = compare_suffixes(mine, its); order != 0) return order;
  return compare_locals(mine.local, its.local);
}

bool Version::is_prerelease() const noexcept {
  if (!has_text()) return get(low_, final_field) == 0 || get(low_, rank_field) != rank_none;
  return is_devrelease() || VersionSegments::split(text()).pre_kind != "";
}

bool Version::is_postrelease() const noexcept {
  return has_text() ? !VersionSegments::split(text()).post.empty() : get(low_, post_field) != 0;
}

bool Version::is_devrelease() const noexcept {
  return has_text() ? !VersionSegments::split(text()).dev.empty() : get(low_, final_field) == 0;
}

bool Version::has_local() const noexcept {
  return has_text() && text().contains('+');
}

std::string Version::str() const {
  VersionSegments::Buffer buffer;
  return std::string(VersionSegments::text_of(*this, buffer));
}

std::string Version::identity() const {
  VersionSegments::Buffer buffer;
  const auto text = VersionSegments::text_of(*this, buffer);
  const auto segments = VersionSegments::split(text);
  auto release = segments.release;
  while (release.ends_with(".0"))
    release.remove_suffix(2);
  const auto* const rest = segments.release.data() + segments.release.size();
  return std::string(text.data(), release.data() + release.size()).append(rest, text.data() + text.size());
}

std::string Version::public_part() const {
  std::string text = str();
  text.resize(std::min(text.find('+'), text.size()));
  return text;
}

std::string Version::base_part() const {
  VersionSegments::Buffer buffer;
  const auto text = VersionSegments::text_of(*this, buffer);
  const auto release = VersionSegments::split(text).release;
  return {text.data(), release.data() + release.size()};
}

Version Version::without_local() const {
  if (!has_local()) return *this;
  return *read(public_part());
}

Version Version::without_post() const {
  if (!is_postrelease() && !is_devrelease() && !has_local()) return *this;
  VersionSegments::Buffer buffer;
  const auto segments = VersionSegments::split(VersionSegments::text_of(*this, buffer));
  return *read(
      fmt::format("{}!{}{}{}", segments.epoch, segments.release, segments.pre_kind, segments.pre_number));
}

std::string Version::epoch() const {
  VersionSegments::Buffer buffer;
  return std::string(VersionSegments::split(VersionSegments::text_of(*this, buffer)).epoch);
}

std::vector<std::string> Version::release() const {
  VersionSegments::Buffer buffer;
  auto rest = VersionSegments::split(VersionSegments::text_of(*this, buffer)).release;
  std::vector<std::string> numbers;
  while (!rest.empty())
    numbers.emplace_back(next_part(rest, '.'));
  return numbers;
}

std::optional<Version::Pre> Version::pre() const {
  VersionSegments::Buffer buffer;
  const auto segments = VersionSegments::split(VersionSegments::text_of(*this, buffer));
  if (segments.pre_kind.empty()) return std::nullopt;
  return Pre{std::string(segments.pre_kind), std::string(segments.pre_number)};
}

std::optional<std::string> Version::post() const {
  if (!is_postrelease()) return std::nullopt;
  VersionSegments::Buffer buffer;
  return std::string(VersionSegments::split(VersionSegments::text_of(*this, buffer)).post);
}

std::optional<std::string> Version::dev() const {
  if (!is_devrelease()) return std::nullopt;
  VersionSegments::Buffer buffer;
  return std::string(VersionSegments::split(VersionSegments::text_of(*this, buffer)).dev);
}

std::optional<std::string> Version::local() const {
  if (!has_local()) return std::nullopt;
  return std::string(VersionSegments::split(text()).local);
}

}  // namespace packhouse
