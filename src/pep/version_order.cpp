#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.hpp"
#include "pep/version.hpp"
#include "pep/version_key.hpp"
#include "pep/version_segments.hpp"

namespace packhouse {
namespace {

enum class Kind : std::uint8_t { dev_only, alpha, beta, candidate, none };

Kind kind_of(const VersionSegments& segments) {
  if (segments.pre_kind == "a") return Kind::alpha;
  if (segments.pre_kind == "b") return Kind::beta;
  if (segments.pre_kind == "rc") return Kind::candidate;
  return segments.post.empty() && !segments.dev.empty() ? Kind::dev_only : Kind::none;
}

// Appends a key's fields, from the most significant one on.
class KeyWriter {
 public:
  void number(unsigned width, std::string_view digits, std::uint64_t plus = 0) {
    std::uint64_t value = 0;
    const auto [_, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    const auto ones = ones_of(width);
    if (error == std::errc::result_out_of_range || value >= ones - plus) saturated_ = true;
    bits(width, value + plus);
  }
  void bits(unsigned width, std::uint64_t value) {
    half_ = half_ << width | (saturated_ ? ones_of(width) : value);
  }
  void saturate() { saturated_ = true; }
  std::uint64_t take() { return std::exchange(half_, 0); }

 private:
  static std::uint64_t ones_of(unsigned width) { return (std::uint64_t{1} << width) - 1; }

  std::uint64_t half_ = 0;
  bool saturated_ = false;
};

// Of numbers without leading zeros. The empty text, for no number, is before all others.
std::strong_ordering compare_numbers(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return a.size() <=> b.size();
  return a.compare(b) <=> 0;
}

std::strong_ordering compare_releases(std::string_view a, std::string_view b) {
  while (!a.empty() || !b.empty()) {
    const auto left = a.empty() ? std::string_view("0") : next_part(a, '.');
    const auto right = b.empty() ? std::string_view("0") : next_part(b, '.');
    if (const auto order = compare_numbers(left, right); order != 0) return order;
  }
  return std::strong_ordering::equal;
}

std::strong_ordering compare_suffixes(const VersionSegments& a, const VersionSegments& b) {
  if (const auto order = kind_of(a) <=> kind_of(b); order != 0) return order;
  if (const auto order = compare_numbers(a.pre_number, b.pre_number); order != 0) return order;
  if (const auto order = compare_numbers(a.post, b.post); order != 0) return order;
  if (a.dev.empty() != b.dev.empty()) {
    return a.dev.empty() ? std::strong_ordering::greater : std::strong_ordering::less;
  }
  return compare_numbers(a.dev, b.dev);
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

}  // namespace

VersionKey VersionKey::of(const VersionSegments& segments) noexcept {
  KeyWriter writer;
  VersionKey key;
  if (segments.epoch.find_first_not_of('0') != std::string_view::npos) writer.saturate();
  auto release = segments.release;
  writer.number(25, next_part(release, '.'));
  writer.number(20, next_part(release, '.'));
  writer.number(19, next_part(release, '.'));
  key.high = writer.take();
  writer.number(12, next_part(release, '.'));
  if (release.find_first_not_of(".0") != std::string_view::npos) writer.saturate();
  writer.bits(3, static_cast<std::uint64_t>(kind_of(segments)));
  writer.number(10, segments.pre_number);
  writer.number(11, segments.post, segments.post.empty() ? 0 : 1);
  writer.bits(1, segments.dev.empty() ? 1 : 0);
  writer.number(26, segments.dev);
  writer.bits(1, segments.local.empty() ? 0 : 1);
  key.low = writer.take();
  return key;
}

std::strong_ordering Version::compare_texts(const Version& other) const noexcept {
  const auto mine = VersionSegments::split(text_);
  const auto its = VersionSegments::split(other.text_);
  if (const auto order = compare_numbers(mine.epoch, its.epoch); order != 0) return order;
  if (const auto order = compare_releases(mine.release, its.release); order != 0) return order;
  if (const auto order = compare_suffixes(mine, its); order != 0) return order;
  return compare_locals(mine.local, its.local);
}

}  // namespace packhouse
