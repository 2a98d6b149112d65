#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include "pep/version.hpp"

namespace packhouse {

// A radix sort over the keys' high halves, then over the low halves where the high ones are equal. Versions
// that have a text are few and would spread the keys over all their bits; they are sorted by comparison and
// merged. The keys stay in the vector itself: a page of memory that is touched for the first time costs more
// than sorting what fits into it.
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
  static constexpr unsigned digit_bits = 11;  // 2048 counters stay in the first-level cache
  static constexpr std::size_t digits = std::size_t{1} << digit_bits;
  using Counts = std::array<std::size_t, digits>;

  static std::size_t digit(std::uint64_t high, unsigned shift) { return high >> shift & (digits - 1); }

  void set_texts_aside();
  std::vector<unsigned> digit_shifts() const;
  void sort_by_high();
  void sort_runs_by_low();
  void merge_texts();

  template <typename From, typename To>
  void scatter(const From* from, To* to, unsigned shift, Counts& starts) const {
    for (std::size_t i = 0; i < count_; ++i) {
      To& place = to[starts[digit(from[i].high_, shift)]++];
      place.high_ = from[i].high_;
      place.low_ = from[i].low_;
    }
  }

  std::vector<Version>& versions_;
  std::size_t count_ = 0;  // versions at the front that have no text; nobody owns what their lower half says
  std::vector<Version> texts_;
};

void VersionSorter::set_texts_aside() {
  // Equal keys cannot be told apart, so any order will do.
  count_ = versions_.size();
  for (std::size_t i = 0; i < count_;) {
    if (versions_[i].has_text()) {
      texts_.push_back(std::move(versions_[i]));
      std::swap(versions_[i], versions_[--count_]);
    } else {
      ++i;
    }
  }
}

// From where on the digits are taken that are not the same in all keys.
std::vector<unsigned> VersionSorter::digit_shifts() const {
  std::uint64_t differing = 0;
  for (std::size_t i = 0; i < count_; ++i)
    differing |= versions_[i].high_ ^ versions_.front().high_;
  std::vector<unsigned> shifts;
  while (differing != 0) {
    const auto shift = static_cast<unsigned>(std::countr_zero(differing));
    shifts.push_back(shift);
    differing = shift + digit_bits >= 64 ? 0 : differing >> (shift + digit_bits) << (shift + digit_bits);
  }
  return shifts;
}

void VersionSorter::sort_by_high() {
  const auto shifts = digit_shifts();
  if (shifts.empty()) return;
  std::vector<Counts> counts(shifts.size());
  for (std::size_t i = 0; i < count_; ++i) {
    for (std::size_t pass = 0; pass < shifts.size(); ++pass)
      ++counts[pass][digit(versions_[i].high_, shifts[pass])];
  }
  const auto spare = std::make_unique_for_overwrite<Key[]>(count_);
  for (std::size_t pass = 0; pass < shifts.size(); ++pass) {
    std::size_t sum = 0;
    for (std::size_t& count : counts[pass])
      sum += std::exchange(count, sum);
    if (pass % 2 == 0) {
      scatter(versions_.data(), spare.get(), shifts[pass], counts[pass]);
    } else {
      scatter(spare.get(), versions_.data(), shifts[pass], counts[pass]);
    }
  }
  if (shifts.size() % 2 == 0) return;
  for (std::size_t i = 0; i < count_; ++i) {
    versions_[i].high_ = spare[i].high_;
    versions_[i].low_ = spare[i].low_;
  }
}

void VersionSorter::sort_runs_by_low() {
  const auto all_end = versions_.begin() + static_cast<std::ptrdiff_t>(count_);
  for (auto start = versions_.begin(); start != all_end;) {
    auto end = start + 1;
    bool sorted = true;
    for (; end != all_end && end->high_ == start->high_; ++end)
      sorted = sorted && end[-1].low_ <= end->low_;
    if (!sorted) std::ranges::sort(start, end, {}, &Version::low_);
    start = end;
  }
}

void VersionSorter::merge_texts() {
  std::ranges::sort(texts_, [](const Version& a, const Version& b) {
    const auto order = a <=> b;
    return order != 0 ? order < 0 : a.text().size() < b.text().size();
  });
  // From the back, with a search for each text and not a comparison for each key: comparing with a text is
  // slow.
  auto keys_end = versions_.begin() + static_cast<std::ptrdiff_t>(count_);
  auto out = versions_.end();
  for (; !texts_.empty(); texts_.pop_back()) {
    const auto place = std::partition_point(versions_.begin(), keys_end,
                                            [&](const Version& key) { return key <= texts_.back(); });
    out = std::move_backward(place, keys_end, out);
    keys_end = place;
    *--out = std::move(texts_.back());
  }
}

void VersionSorter::sort() {
  set_texts_aside();
  sort_by_high();
  sort_runs_by_low();
  merge_texts();
}

void sort_versions(std::vector<Version>& versions) {
  VersionSorter(versions).sort();
}

}  // namespace packhouse
