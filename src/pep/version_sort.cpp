#include <algorithm>
#include <array>
#include <bit>
#include <boost/sort/pdqsort/pdqsort.hpp>
#include <cstdint>
#include <iterator>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "pep/version.hpp"

namespace packhouse {

namespace {

// Some bits of a key's half, moved together: what a pass of the radix sort sorts by.
class Digit {
 public:
  static constexpr unsigned max_bits = 12;  // the counters stay in the first-level cache

  unsigned bits() const { return bits_; }
  void take(unsigned shift, unsigned length) {
    const std::size_t mask = (std::size_t{1} << length) - 1;
    pieces_[used_++] = {.shift = shift - bits_, .mask = mask << bits_};
    bits_ += length;
  }
  std::size_t of(std::uint64_t half) const {
    std::size_t digit = 0;
    for (unsigned i = 0; i < used_; ++i)
      digit |= half >> pieces_[i].shift & pieces_[i].mask;
    return digit;
  }

 private:
  struct Piece {
    unsigned shift = 0;  // to the right
    std::size_t mask = 0;
  };
  std::array<Piece, max_bits> pieces_;
  unsigned used_ = 0;
  unsigned bits_ = 0;
};

// The bits of `differing` as few digits of about the same size, the lowest first.
std::vector<Digit> digits_of(std::uint64_t differing) {
  std::vector<Digit> digits((static_cast<unsigned>(std::popcount(differing)) + Digit::max_bits - 1) /
                            Digit::max_bits);
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const auto left = static_cast<unsigned>(std::popcount(differing));
    const auto bits = (left + digits.size() - i - 1) / (digits.size() - i);
    while (digits[i].bits() < bits) {
      const auto shift = static_cast<unsigned>(std::countr_zero(differing));
      const auto length = std::min(static_cast<unsigned>(std::countr_one(differing >> shift)),
                                   static_cast<unsigned>(bits) - digits[i].bits());
      digits[i].take(shift, length);
      differing &= ~(((std::uint64_t{1} << length) - 1) << shift);
    }
  }
  return digits;
}

}  // namespace

// A radix sort over those bits of the keys' high halves that are not the same in all. The highest digit goes
// first, in place, so that the further ones stay within the cache and need little memory: a page that is
// touched for the first time costs more than sorting what fits into it. Equal high halves are then sorted by
// the low ones. Versions that have a text are few and would spread the keys over all their bits; they are
// sorted by comparison and merged.
class VersionSorter {
 public:
  explicit VersionSorter(std::vector<Version>& versions) : versions_(versions) {}
  void sort();

 private:
  // A version without a text, outside the vector.
  struct Key {
    // NOLINTBEGIN(readability-identifier-naming): scatter() takes a Key and a Version alike
    std::uint64_t high_;
    std::uint64_t low_;
    // NOLINTEND(readability-identifier-naming)
  };
  // A version with a text, and what can be compared without looking the text up.
  struct Text {
    std::uint64_t high;
    std::uint64_t low_key;
    std::uint64_t hint;
    Version version;
  };

  static constexpr std::size_t few = 200;  // for so many keys, counters cost more than comparing

  void set_texts_aside();
  void sort_keys();
  static std::vector<std::size_t> distribute(std::span<Version> keys, Digit digit);
  static void sort_bucket(std::span<Version> keys, std::span<const Digit> digits, Key* spare);
  static void sort_runs_by_low(std::span<Version> keys);
  void merge_texts();

  // `starts`: where the next key with each digit goes.
  template <typename From, typename To>
  static void scatter(const From* from, To* to, std::size_t count, const Digit digit, std::size_t* starts) {
    for (std::size_t i = 0; i < count; ++i) {
      To& place = to[starts[digit.of(from[i].high_)]++];
      place.high_ = from[i].high_;
      place.low_ = from[i].low_;
    }
  }

  std::vector<Version>& versions_;
  std::size_t count_ = 0;  // versions at the front that have no text; nobody owns what their lower half says
  std::uint64_t differing_ = 0;  // bits of their high halves that are not the same in all
  std::vector<Text> texts_;
};

void VersionSorter::set_texts_aside() {
  // Equal keys cannot be told apart, so any order will do.
  count_ = versions_.size();
  for (std::size_t i = 0; i < count_;) {
    if (Version& version = versions_[i]; version.has_text()) {
      texts_.push_back({version.high_, version.low_key(), version.hint(), std::move(version)});
      std::swap(version, versions_[--count_]);
    } else {
      differing_ |= version.high_ ^ versions_.front().high_;
      ++i;
    }
  }
}

void VersionSorter::sort_keys() {
  const std::span<Version> all(versions_.data(), count_);
  auto digits = digits_of(differing_);
  if (digits.empty()) return sort_runs_by_low(all);
  const Digit top = digits.back();
  digits.pop_back();
  const auto ends = distribute(all, top);
  std::size_t largest = 0;
  std::size_t start = 0;
  for (const std::size_t end : ends)
    largest = std::max(largest, end - std::exchange(start, end));
  const auto spare = std::make_unique_for_overwrite<Key[]>(largest);
  start = 0;
  for (const std::size_t end : ends) {
    if (end - start > 1) sort_bucket(all.subspan(start, end - start), digits, spare.get());
    start = end;
  }
}

// In place: each key goes to the next free place of its bucket, and the one from there goes on. Where the
// buckets end.
std::vector<std::size_t> VersionSorter::distribute(std::span<Version> keys, const Digit digit) {
  std::vector<std::size_t> ends(std::size_t{1} << digit.bits());
  for (const Version& key : keys)
    ++ends[digit.of(key.high_)];
  std::vector<std::size_t> next(ends.size());
  std::size_t sum = 0;
  for (std::size_t i = 0; i < ends.size(); ++i) {
    next[i] = sum;
    sum += ends[i];
    ends[i] = sum;
  }
  std::size_t* const free = next.data();
  Version* const at = keys.data();
  for (std::size_t bucket = 0; bucket < ends.size(); ++bucket) {
    for (; free[bucket] < ends[bucket]; ++free[bucket]) {
      Key key{at[free[bucket]].high_, at[free[bucket]].low_};
      for (std::size_t other = digit.of(key.high_); other != bucket; other = digit.of(key.high_)) {
        Version& place = at[free[other]++];
        std::swap(key.high_, place.high_);
        std::swap(key.low_, place.low_);
      }
      at[free[bucket]].high_ = key.high_;
      at[free[bucket]].low_ = key.low_;
    }
  }
  return ends;
}

void VersionSorter::sort_bucket(std::span<Version> keys, std::span<const Digit> digits, Key* spare) {
  if (keys.size() < few) {
    std::ranges::sort(keys, {}, [](const Version& key) { return std::pair(key.high_, key.low_); });
    return;
  }
  std::vector<std::size_t> counts;
  bool moved = false;
  for (const Digit& digit : digits) {
    counts.assign(std::size_t{1} << digit.bits(), 0);
    for (const Version& key : keys)
      ++counts[digit.of(key.high_)];
    std::size_t sum = 0;
    for (std::size_t& count : counts)
      sum += std::exchange(count, sum);
    if (moved) {
      scatter(spare, keys.data(), keys.size(), digit, counts.data());
    } else {
      scatter(keys.data(), spare, keys.size(), digit, counts.data());
    }
    moved = !moved;
  }
  for (std::size_t i = 0; moved && i < keys.size(); ++i) {
    keys[i].high_ = spare[i].high_;
    keys[i].low_ = spare[i].low_;
  }
  sort_runs_by_low(keys);
}

// Of keys that are sorted by their high halves.
void VersionSorter::sort_runs_by_low(std::span<Version> keys) {
  std::vector<std::uint64_t> lows;  // by themselves: sorted without a branch that could be mispredicted
  for (auto start = keys.begin(); start != keys.end();) {
    auto end = start + 1;
    bool sorted = true;
    for (; end != keys.end() && end->high_ == start->high_; ++end)
      sorted = sorted && end[-1].low_ <= end->low_;
    if (!sorted) {
      lows.clear();
      std::transform(start, end, std::back_inserter(lows), [](const Version& key) { return key.low_; });
      boost::sort::pdqsort(lows.begin(), lows.end());
      for (const std::uint64_t low : lows)
        (start++)->low_ = low;
    }
    start = end;
  }
}

void VersionSorter::merge_texts() {
  boost::sort::pdqsort(texts_.begin(), texts_.end(), [](const Text& a, const Text& b) {
    if (a.high != b.high) return a.high < b.high;
    if (a.low_key != b.low_key) return a.low_key < b.low_key;
    if (a.hint != b.hint) return a.hint < b.hint;
    const auto order = a.version <=> b.version;
    return order != 0 ? order < 0 : a.version.text().size() < b.version.text().size();
  });
  // From the back, with a search for each text that begins near, as its place mostly is. Of equal keys the
  // text's is the later version, or has more release numbers than fit.
  const auto begin = versions_.begin();
  auto keys_end = begin + static_cast<std::ptrdiff_t>(count_);
  auto out = versions_.end();
  for (; !texts_.empty(); texts_.pop_back()) {
    Text& text = texts_.back();
    const auto is_before = [&](const Version& key) {
      return key.high_ != text.high ? key.high_ < text.high : key.low_key() <= text.low_key;
    };
    auto upper = keys_end;
    std::ptrdiff_t step = 1;
    for (; upper - begin >= step && !is_before(upper[-step]); step *= 2)
      upper -= step;
    const auto place = std::partition_point(upper - std::min(step, upper - begin), upper, is_before);
    while (keys_end != place) {
      --keys_end;
      --out;
      out->high_ = keys_end->high_;
      out->low_ = keys_end->low_;
    }
    *--out = std::move(text.version);
  }
}

void VersionSorter::sort() {
  set_texts_aside();
  sort_keys();
  merge_texts();
}

void sort_versions(std::vector<Version>& versions) {
  VersionSorter(versions).sort();
}

}  // namespace packhouse
