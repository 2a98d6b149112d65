#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pep/parse_error.hpp"

namespace packhouse {

/// A version as PEP 440 and the "Version specifiers" specification define it. Immutable; safe to share.
///
/// Numbers have no bound. A version whose numbers are small, as nearly all are, is 128 bits whose order is
/// the version's order: no allocation, and comparing is comparing integers. Any other keeps its text.
class Version {
 public:
  /// Numbers are decimal digits without leading zeros.
  struct Pre {
    std::string kind;  ///< "a", "b" or "rc"
    std::string number;
    bool operator==(const Pre&) const = default;
  };

  /// Any spelling that PEP 440's appendix B accepts, with surrounding white space. Time and memory are linear
  /// in the length.
  static Result<Version> parse(std::string_view text);
  static Parsed<Version> read(std::string_view text);

  Version(const Version& other)
      : high_(other.high_), low_(other.has_text() ? copy_text(other) : other.low_) {}
  Version(Version&& other) noexcept : high_(other.high_), low_(std::exchange(other.low_, std::uint64_t{0})) {}
  Version& operator=(const Version& other) {
    if (this != &other) *this = Version(other);
    return *this;
  }
  Version& operator=(Version&& other) noexcept {
    high_ = other.high_;
    std::swap(low_, other.low_);
    return *this;
  }
  ~Version() {
    if (has_text()) destroy_text();
  }

  /// The normal form, trailing zeros kept: "1.0.0RC-1" is "1.0.0rc1".
  std::string str() const;

  /// The normal form with the release's trailing zeros removed: equal for exactly those versions that compare
  /// equal, hence the one to use as a key.
  std::string identity() const;

  /// Whether this is a pre-release or a development release.
  bool is_prerelease() const noexcept;
  bool is_postrelease() const noexcept;
  bool is_devrelease() const noexcept;
  bool has_local() const noexcept;

  /// Without the local segment.
  std::string public_part() const;
  /// Epoch and release only.
  std::string base_part() const;

  /// This version without its local segment.
  Version without_local() const;
  /// Epoch, release and pre-release segment only: what a version has in common with its post-releases.
  Version without_post() const;

  std::string epoch() const;
  std::vector<std::string> release() const;
  std::optional<Pre> pre() const;
  std::optional<std::string> post() const;
  std::optional<std::string> dev() const;
  std::optional<std::string> local() const;

  /// PEP 440's order: total; 1.0 and 1.0.0 are equal.
  std::strong_ordering operator<=>(const Version& other) const noexcept {
    if (high_ != other.high_) return high_ <=> other.high_;
    if (!has_text() && !other.has_text()) return low_ >> length_bits <=> other.low_ >> length_bits;
    return compare_low(other);
  }
  bool operator==(const Version& other) const noexcept { return (*this <=> other) == 0; }

 private:
  friend class VersionReader;
  friend class VersionSorter;
  friend struct VersionSegments;

  static constexpr unsigned length_bits = 4;
  static constexpr std::uint64_t length_mask = (1U << length_bits) - 1;

  Version() = default;
  bool has_text() const noexcept { return (low_ & length_mask) == 0; }

  // A version whose key does not say all.
  struct Big {
    std::uint64_t low;
    std::string text;  // str()
  };
  const Big& big() const noexcept;
  const std::string& text() const noexcept { return big().text; }
  std::uint64_t low_key() const noexcept;
  void set_text(std::uint64_t low, std::string text);
  static std::uint64_t copy_text(const Version& other);
  void destroy_text() noexcept;
  bool has_overflowed() const noexcept;
  // Of versions with a text and with equal keys, one that is lower than another has a hint that is at most
  // the other's.
  std::uint64_t hint() const noexcept;
  std::strong_ordering compare_low(const Version& other) const noexcept;
  std::strong_ordering compare_texts(const Version& other) const noexcept;

  // If v < w then v's key is at most w's, and equal keys mean equal versions unless one has a text. The key's
  // lower half ends in the count of release numbers, which is no part of the order. A count of 0 means that
  // low_ is the address of a Big instead, or nothing at all after a move: an address on the heap ends in
  // zeros. The layout stands in version.cpp.
  std::uint64_t high_ = 0;
  std::uint64_t low_ = 0;
};

/// Sorts ascending, and equal versions by the count of their release numbers: 1.0 before 1.0.0. Several times
/// faster than std::sort for many.
void sort_versions(std::vector<Version>& versions);

}  // namespace packhouse
