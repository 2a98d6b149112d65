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

  void split();
  void sort_by_high();
  void pass(unsigned shift);
  void sort_runs_by_low();
  static Version version_of(const Key& key);
  void merge();

  std::vector<Version>& versions_;
  std::vector<Key> keys_;
  std::vector<Key> spare_;
  std::vector<Version> texts_;
};

void VersionSorter::split() {
  keys_.reserve(versions_.size());
  for (Version& version : versions_) {
    if (version.has_text()) {
      texts_.push_back(std::move(version));
    } else {
      keys_.push_back({version.high_, version.low_});
    }
  }
}

void VersionSorter::pass(unsigned shift) {
  std::array<std::size_t, digits> next{};
  for (const Key& key : keys_)
    ++next[key.high >> shift & (digits - 1)];
  std::size_t sum = 0;
  for (std::size_t& count : next)
    sum += std::exchange(count, sum);
  for (const Key& key : keys_)
    spare_[next[key.high >> shift & (digits - 1)]++] = key;
  keys_.swap(spare_);
}

void VersionSorter::sort_by_high() {
  std::uint64_t differing = 0;
  for (const Key& key : keys_)
    differing |= key.high ^ keys_.front().high;
  spare_.resize(keys_.size());
  while (differing != 0) {
    const auto shift = static_cast<unsigned>(std::countr_zero(differing));
    pass(shift);
    differing = shift + digit_bits >= 64 ? 0 : differing >> (shift + digit_bits) << (shift + digit_bits);
  }
}

void VersionSorter::sort_runs_by_low() {
  for (auto start = keys_.begin(); start != keys_.end();) {
    const auto end =
        std::find_if(start, keys_.end(), [high = start->high](const Key& key) { return key.high != high; });
    std::ranges::sort(start, end, {}, &Key::low);
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
