#include "pep/version.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstring>
#include <span>

#include "base/text.hpp"
#include "pep/unicode.hpp"
#include "pep/version_segments.hpp"

namespace packhouse {
namespace {

// The key's upper half: three release numbers. Its lower half: the fourth, the rank of the pre-release, its
// number, the post-release (0: none, else number + 1), whether this is no development release, its number,
// and, outside the order, how many release numbers are written. It sorts as packaging's _cmpkey() does. Where
// a number does not fit, its field and all that follows it are ones, which keeps the key in order, and the
// version has a text.
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

// What a lower half says of a version that ends with its release.
constexpr std::uint64_t final_release = rank_none << rank_field.shift | std::uint64_t{1} << final_field.shift;

std::uint64_t get(std::uint64_t half, Field field) {
  return half >> field.shift & field.max();
}

std::uint64_t rank_of(std::string_view pre_kind, bool has_post, bool has_dev) {
  if (pre_kind.empty()) return has_dev && !has_post ? rank_dev_only : rank_none;
  return pre_kind == "a" ? 1 : pre_kind == "b" ? 2 : 3;
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
  return rank_of(segments.pre_kind, !segments.post.empty(), !segments.dev.empty());
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

constexpr std::size_t word_size = 4;

struct Digits {
  std::uint32_t value;
  std::uint32_t length;
};

// The first digits of what stands between `at` and `end`, four at most. At least four bytes stand before
// `end` and one from `at` on. Four at once without a branch: how many digits a number has cannot be
// predicted, and a wrong guess for each number took as long as all else.
Digits leading_digits(const char* at, const char* end) {
  const char* const from = std::min(at, end - word_size);
  std::uint32_t word = 0;
  std::memcpy(&word, from, sizeof word);
  if constexpr (std::endian::native == std::endian::big) word = std::byteswap(word);
  word >>= 8 * static_cast<unsigned>(at - from);
  const std::uint32_t values = word ^ 0x30303030U;  // "0" to "9" are 0 to 9 now, all else is more
  const std::uint64_t others = ((values + 0x76767676U) | values) & 0x80808080U;
  const auto length = static_cast<unsigned>(std::countr_zero(others | std::uint64_t{1} << 39U)) / 8;
  const auto aligned = static_cast<std::uint32_t>(std::uint64_t{values} << 8 * (word_size - length));
  const std::uint32_t pairs = aligned * 10 + (aligned >> 8U);
  return {(pairs & 0xffU) * 100 + (pairs >> 16U & 0xffU), length};
}

// At most four small numbers without leading zeros and nothing before them: nearly all versions begin so, and
// most have nothing else.
struct PlainRelease {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  std::size_t count = 0;   // of numbers; 0 if the release is not of this kind
  std::size_t length = 0;  // bytes
};

PlainRelease read_plain_release(std::string_view text) {
  std::array<std::uint32_t, release_fields.size()> numbers{};
  std::size_t count = 0;
  const char* const end = text.data() + text.size();
  if (text.size() < word_size) return {};
  const char* at = text.data();
  while (true) {
    const Digits digits = leading_digits(at, end);
    if (digits.length == 0 || (digits.length > 1 && *at == '0')) return {};
    if (count == numbers.size() || digits.value >= release_fields[count].max()) return {};
    numbers[count++] = digits.value;
    at += digits.length;
    if (end - at < 2 || at[0] != '.' || !is_ascii_digit(at[1])) break;
    ++at;
  }
  if (at != end && (*at == '!' || is_ascii_digit(*at))) return {};
  return {.high = std::uint64_t{numbers[0]} << release_fields[0].shift |
                  std::uint64_t{numbers[1]} << release_fields[1].shift | numbers[2],
          .low = std::uint64_t{numbers[3]} << release_fields[3].shift,
          .count = count,
          .length = static_cast<std::size_t>(at - text.data())};
}

// A number of eight digits at most that goes on to `end`; none if what stands there is none.
std::optional<std::uint64_t> read_plain_number(const char* at, const char* end) {
  if (at == end) return std::nullopt;
  const Digits digits = leading_digits(at, end);
  at += digits.length;
  if (at == end) return digits.value;
  if (digits.length != word_size) return std::nullopt;
  const Digits more = leading_digits(at, end);
  if (more.length == 0 || at + more.length != end) return std::nullopt;
  constexpr std::array<std::uint64_t, word_size + 1> scale = {1, 10, 100, 1000, 10000};
  return digits.value * scale[more.length] + more.value;
}

// What most often follows a release, in PEP 440's normal form and alone: a pre-release, post-release or
// development release. The key's lower half without the release's part; none if it is of another kind.
// The text has at least four bytes before `end`.
std::optional<std::uint64_t> read_plain_suffix(const char* at, const char* end) {
  const std::string_view rest(at, end);
  const auto number_after = [&](std::size_t letters, std::uint64_t max) {
    const auto number = read_plain_number(at + letters, end);
    return number && *number < max ? number : std::nullopt;
  };
  const auto pre = [&](std::uint64_t rank, std::size_t letters) -> std::optional<std::uint64_t> {
    const auto number = number_after(letters, pre_field.max());
    if (!number) return std::nullopt;
    return rank << rank_field.shift | *number << pre_field.shift | std::uint64_t{1} << final_field.shift;
  };
  if (rest.starts_with('a')) return pre(1, 1);
  if (rest.starts_with('b')) return pre(2, 1);
  if (rest.starts_with("rc")) return pre(3, 2);
  if (rest.starts_with(".post")) {
    const auto number = number_after(5, post_field.max() - 1);
    if (number) return final_release | (*number + 1) << post_field.shift;
  }
  if (rest.starts_with(".dev")) {
    const auto number = number_after(4, dev_field.max());
    if (number) return rank_dev_only << rank_field.shift | *number << dev_field.shift;
  }
  return std::nullopt;
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
  // Without leading zeros; the value is right only if it is small, but always large if the number is.
  struct Number {
    std::string_view digits;
    std::uint64_t value = 0;
  };
  std::optional<Number> number();
  std::string_view lettered(std::span<const Letters> choices, Number& number);

  bool take(const PlainRelease& plain);
  bool read_epoch_and_release();
  bool read_release() {
    return take(read_plain_release(text_.substr(position_))) || read_epoch_and_release();
  }
  void read_pre();
  void read_post();
  void read_dev();
  void read_local();

  void put(Field field, std::uint64_t& half, std::uint64_t value);
  void overflow(Field field, std::uint64_t& half);
  void put_release(std::uint64_t value);
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
  Number pre_number_;
  Number post_;
  Number dev_;
  std::string_view local_;
  std::uint64_t high_ = 0;
  std::uint64_t low_ = 0;
  std::size_t release_length_ = 0;
  bool small_ = true;  // the key says all
  bool overflowed_ = false;
};

bool VersionReader::take(const PlainRelease& plain) {
  if (plain.count == 0) return false;
  high_ = plain.high;
  low_ = plain.low;
  release_length_ = plain.count;
  release_start_ = position_;
  position_ += plain.length;
  release_end_ = position_;
  return true;
}

std::optional<VersionReader::Number> VersionReader::number() {
  constexpr std::uint64_t large = 1'000'000'000;  // more than any field holds
  const std::size_t start = position_;
  std::uint64_t value = 0;
  for (; is_ascii_digit(peek()); ++position_) {
    if (value < large) value = value * 10 + static_cast<std::uint64_t>(peek() - '0');
  }
  if (position_ == start) return std::nullopt;
  return Number{without_leading_zeros(text_.substr(start, position_ - start)), value};
}

// [._-]? letters [._-]? digits?; the kind of the letters, or nothing consumed. No digits are the number 0.
std::string_view VersionReader::lettered(std::span<const Letters> choices, Number& number) {
  if (position_ == text_.size()) return {};
  const std::size_t start = position_;
  if (is_separator_next()) ++position_;
  const char first = to_ascii_lower(peek());
  for (const auto& [spelling, kind] : choices) {
    if (spelling.front() != first || !iequals(text_.substr(position_, spelling.size()), spelling)) continue;
    position_ += spelling.size();
    if (is_separator_next()) ++position_;
    number = this->number().value_or(Number{"0"});
    return kind;
  }
  position_ = start;
  return {};
}

bool VersionReader::read_epoch_and_release() {
  if (to_ascii_lower(peek()) == 'v') ++position_;
  release_start_ = position_;
  auto next = number();
  if (!next) return false;
  if (peek() == '!') {
    epoch_ = next->digits;
    if (next->value != 0) overflow(release_fields[0], high_);
    ++position_;
    release_start_ = position_;
    next = number();
    if (!next) return false;
  }
  put_release(next->value);
  while (peek() == '.' && is_ascii_digit(peek(1))) {
    ++position_;
    put_release(number()->value);
  }
  release_end_ = position_;
  return true;
}

void VersionReader::read_pre() {
  pre_kind_ = lettered(pre_letters, pre_number_);
}

void VersionReader::read_post() {
  if (peek() == '-' && is_ascii_digit(peek(1))) {
    ++position_;
    post_ = *number();
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

void VersionReader::put(Field field, std::uint64_t& half, std::uint64_t value) {
  if (overflowed_) return;
  if (value < field.max()) {
    half |= value << field.shift;
  } else {
    overflow(field, half);
  }
}

void VersionReader::overflow(Field field, std::uint64_t& half) {
  half |= (field.max() << field.shift) | ((std::uint64_t{1} << field.shift) - 1);
  if (&half == &high_) low_ = ~std::uint64_t{0};
  small_ = false;
  overflowed_ = true;
}

void VersionReader::put_release(std::uint64_t value) {
  const std::size_t index = release_length_++;
  if (index < release_fields.size()) {
    put(release_fields[index], index < high_fields ? high_ : low_, value);
  } else if (value != 0 && !overflowed_) {
    overflow(rank_field, low_);
  }
  if (release_length_ > length_field.max()) small_ = false;
}

void VersionReader::put_suffix() {
  const bool has_post = !post_.digits.empty();
  const bool has_dev = !dev_.digits.empty();
  low_ |= release_length_ & length_field.max();
  if (!overflowed_) low_ |= rank_of(pre_kind_, has_post, has_dev) << rank_field.shift;
  if (!pre_kind_.empty()) put(pre_field, low_, pre_number_.value);
  if (has_post) put(post_field, low_, post_.value + 1);
  if (has_dev) put(dev_field, low_, dev_.value);
  if (!has_dev && !overflowed_) low_ |= std::uint64_t{1} << final_field.shift;
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
  text.reserve(text_.size() + 4);  // "1r2" is "1.post2"
  if (!epoch_.empty() && epoch_ != "0") (text += epoch_) += '!';
  auto release = text_.substr(release_start_, release_end_ - release_start_);
  while (!release.empty()) {
    text += without_leading_zeros(next_part(release, '.'));
    if (!release.empty()) text += '.';
  }
  if (!pre_kind_.empty()) (text += pre_kind_) += pre_number_.digits;
  if (!post_.digits.empty()) (text += ".post") += post_.digits;
  if (!dev_.digits.empty()) (text += ".dev") += dev_.digits;
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
  Version version;
  version.high_ = high_;
  if (small_ && local_.empty()) {
    version.low_ = low_;
  } else {
    version.set_text(low_, normal_form());
  }
  return version;
}

Parsed<Version> VersionReader::read() {
  if (!read_release()) return fault();
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
  if (!read_release()) return std::nullopt;
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
  const PlainRelease plain = read_plain_release(text);
  if (plain.count == 0) return VersionReader(text).read();
  const auto suffix = plain.length == text.size()
                          ? final_release
                          : read_plain_suffix(text.data() + plain.length, text.data() + text.size());
  if (!suffix) return VersionReader(text).read();
  Version version;
  version.high_ = plain.high;
  version.low_ = plain.low | *suffix | plain.count;
  return version;
}

Result<Version> Version::parse(std::string_view text) {
  return read(text).to_result();
}

static_assert(__STDCPP_DEFAULT_NEW_ALIGNMENT__ > length_field.max(),
              "an address on the heap must end in as many zeros as the count of release numbers has bits");

const Version::Big& Version::big() const noexcept {
  return *std::bit_cast<const Big*>(low_);
}

void Version::set_text(std::uint64_t low, std::string text) {
  low_ = std::bit_cast<std::uint64_t>(new const Big{low, std::move(text)});
}

std::uint64_t Version::copy_text(const Version& other) {
  return other.low_ == 0 ? 0 : std::bit_cast<std::uint64_t>(new const Big(other.big()));
}

void Version::destroy_text() noexcept {
  delete std::bit_cast<const Big*>(low_);
}

std::uint64_t Version::low_key() const noexcept {
  return (has_text() ? low_ == 0 ? 0 : big().low : low_) >> length_bits;
}

std::string_view VersionSegments::local_of(const Version& version) noexcept {
  if (version.low_ == 0 || !version.has_local()) return {};
  const std::string_view text = version.text();
  return text.substr(text.find('+') + 1);
}

// Nearly all texts are there for a local segment; then the key says all else.
bool Version::has_overflowed() const noexcept {
  return get(low_key() << length_bits, dev_field) == dev_field.max();
}

std::strong_ordering Version::compare_low(const Version& other) const noexcept {
  if (const auto order = low_key() <=> other.low_key(); order != 0) return order;
  return has_overflowed()
             ? compare_texts(other)
             : compare_locals(VersionSegments::local_of(*this), VersionSegments::local_of(other));
}

namespace {

// At most `limit`, also of a number that fits nowhere.
std::uint64_t number_up_to(std::uint64_t limit, std::string_view digits) {
  std::uint64_t value = 0;
  const auto [_, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return error == std::errc() ? std::min(value, limit) : limit;
}

// The first part of a local segment: the first bytes of a word, or above all words a number.
std::uint64_t local_hint(std::string_view local) {
  constexpr std::uint64_t number_bit = std::uint64_t{1} << 63U;
  const auto first = next_part(local, '.');
  if (!first.empty() && std::ranges::all_of(first, is_ascii_digit))
    return number_bit | number_up_to(number_bit - 1, first);
  std::uint64_t hint = 0;
  for (std::size_t i = 0; i < sizeof hint - 1; ++i)
    hint = hint << 8U | (i < first.size() ? static_cast<unsigned char>(first[i]) : 0U);
  return hint;
}

// The epoch and three release numbers, up to one that does not fit.
std::uint64_t release_hint(const VersionSegments& segments) {
  constexpr std::uint64_t limit = 0xffff;
  std::uint64_t hint = number_up_to(limit, segments.epoch);
  bool full = hint == limit;
  auto release = segments.release;
  for (int i = 0; i < 3; ++i) {
    const auto part = next_part(release, '.');
    const std::uint64_t number = full ? limit : part.empty() ? 0 : number_up_to(limit, part);
    full = full || number == limit;
    hint = hint << 16U | number;
  }
  return hint;
}

}  // namespace

std::uint64_t Version::hint() const noexcept {
  return has_overflowed() ? release_hint(VersionSegments::split(text()))
                          : local_hint(VersionSegments::local_of(*this));
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
  return is_devrelease() || !VersionSegments::split(text()).pre_kind.empty();
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

namespace {

// `part` is a piece of `text`: what stands before its end.
std::string_view up_to_the_end_of(std::string_view part, std::string_view text) {
  return text.substr(0, static_cast<std::size_t>(part.data() - text.data()) + part.size());
}

}  // namespace

std::string Version::identity() const {
  VersionSegments::Buffer buffer;
  const auto text = VersionSegments::text_of(*this, buffer);
  const auto segments = VersionSegments::split(text);
  auto release = segments.release;
  while (release.ends_with(".0"))
    release.remove_suffix(2);
  return std::string(up_to_the_end_of(release, text)) +
         std::string(text.substr(up_to_the_end_of(segments.release, text).size()));
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
  return std::string(up_to_the_end_of(release, text));
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
