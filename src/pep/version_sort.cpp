#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <vector>

#include "pep/version.hpp"

namespace packhouse {

// A radix sort over the keys' high halves, then over the low halves where the high ones are equal. Versions
// that have a text are few and would spread the keys over all their bits; they are sorted by comparison and
// merged.
class VersionSorter {
 public:
  explicit VersionSorter(std::vector<Version>& versions) : versions_(versions) {}
  void sort();

 private:
  struct Key {
    std::uint64_t high;
    std::uint64_t low;
  };
  static constexpr unsigned digit_bits = 11;  // 2048 counters stay in the first-level cache
  static constexpr std::size_t digits = std::size_t{1} << digit_bits;

  static std::size_t digit(const Key& key, unsigned shift) { return key.high >> shift & (digits - 1); }

  void split();
  void sort_by_high();
  void sort_runs_by_low();
  static Version version_of(const Key& key);
  void merge();

  std::vector<Version>& versions_;
  std::vector<Key> keys_;
  std::vector<Key> spare_;
  std::vector<Version> texts_;
  std::uint64_t differing_ = 0;  // bits in which the keys' high halves are not all the same
};

void VersionSorter::split() {
  keys_.reserve(versions_.size());
  for (Version& version : versions_) {
    if (version.has_text()) {
      texts_.push_back(std::move(version));
    } else {
      keys_.push_back({version.high_, version.low_});
      differing_ |= version.high_ ^ keys_.front().high;
    }
  }
}

void VersionSorter::sort_by_high() {
  std::vector<unsigned> shifts;
  while (differing_ != 0) {
    const auto shift = static_cast<unsigned>(std::countr_zero(differing_));
    shifts.push_back(shift);
    differing_ = shift + digit_bits >= 64 ? 0 : differing_ >> (shift + digit_bits) << (shift + digit_bits);
  }
  std::vector<std::array<std::size_t, digits>> counts(shifts.size());
  for (const Key& key : keys_) {
    for (std::size_t i = 0; i < shifts.size(); ++i)
      ++counts[i][digit(key, shifts[i])];
  }
  spare_.resize(keys_.size());
  for (std::size_t i = 0; i < shifts.size(); ++i) {
    std::size_t sum = 0;
    for (std::size_t& count : counts[i])
      sum += std::exchange(count, sum);
    for (const Key& key : keys_)
      spare_[counts[i][digit(key, shifts[i])]++] = key;
    keys_.swap(spare_);
  }
}

void VersionSorter::sort_runs_by_low() {
  for (auto start = keys_.begin(); start != keys_.end();) {
    auto end = start + 1;
    bool sorted = true;
    for (; end != keys_.end() && end->high == start->high; ++end)
      sorted = sorted && end[-1].low <= end->low;
    if (!sorted) std::ranges::sort(start, end, {}, &Key::low);
    start = end;
  }
}

Version VersionSorter::version_of(const Key& key) {
  Version version;
  version.high_ = key.high;
  version.low_ = key.low;
  return version;
}

void VersionSorter::merge() {
  std::ranges::sort(texts_, [](const Version& a, const Version& b) {
    const auto order = a <=> b;
    return order != 0 ? order < 0 : a.text().size() < b.text().size();
  });
  auto key = keys_.begin();
  auto out = versions_.begin();
  // A search for each text, not a comparison for each key: comparing with a text is slow.
  for (Version& text : texts_) {
    const auto end =
        std::partition_point(key, keys_.end(), [&](const Key& k) { return version_of(k) <= text; });
    out = std::transform(key, end, out, version_of);
    key = end;
    *out++ = std::move(text);
  }
  std::transform(key, keys_.end(), out, version_of);
}

void VersionSorter::sort() {
  split();
  sort_by_high();
  sort_runs_by_low();
  merge();
}

void sort_versions(std::vector<Version>& versions) {
  VersionSorter(versions).sort();
}

}  // namespace packhouse
