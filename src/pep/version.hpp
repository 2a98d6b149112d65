#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pep/parse_error.hpp"

namespace packhouse {

/// A version as PEP 440 and the "Version specifiers" specification define it. Immutable; safe to share.
///
/// Numbers have no bound. A version whose numbers are small, as nearly all are, is 128 bits whose order is
/// the version's order: no allocation, and comparing is comparing integers. Any other also keeps its text.
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

  Version(const Version& other);
  Version(Version&& other) noexcept = default;
  Version& operator=(const Version& other);
  Version& operator=(Version&& other) noexcept = default;
  ~Version() = default;

  /// The normal form, trailing zeros kept: "1.0.0RC-1" is "1.0.0rc1".
  std::string str() const;

  /// The normal form with the release's trailing zeros removed: equal for exactly those versions that compare
  /// equal, hence the one to use as a key.
  std::string identity() const;

  /// Whether this is a pre-release or a development release.
  bool is_prerelease() const noexcept { return (segments_ & (pre_bit | dev_bit)) != 0; }
  bool is_postrelease() const noexcept { return (segments_ & post_bit) != 0; }
  bool is_devrelease() const noexcept { return (segments_ & dev_bit) != 0; }
  bool has_local() const noexcept { return (segments_ & local_bit) != 0; }

  /// Without the local segment.
  std::string public_part() const;
  /// Epoch and release only.
  std::string base_part() const;

  std::string epoch() const;
  std::vector<std::string> release() const;
  std::optional<Pre> pre() const;
  std::optional<std::string> post() const;
  std::optional<std::string> dev() const;
  std::optional<std::string> local() const;

  /// PEP 440's order: total; 1.0 and 1.0.0 are equal.
  std::strong_ordering operator<=>(const Version& other) const noexcept {
    if (key_high_ != other.key_high_) return key_high_ <=> other.key_high_;
    if (key_low_ != other.key_low_) return key_low_ <=> other.key_low_;
    if (!big_ && !other.big_) return std::strong_ordering::equal;
    return compare_texts(other);
  }
  bool operator==(const Version& other) const noexcept { return (*this <=> other) == 0; }

 private:
  friend class VersionReader;
  friend struct VersionSegments;
  friend void sort_versions(std::vector<Version>& versions);

  static constexpr std::uint8_t pre_bit = 1;
  static constexpr std::uint8_t post_bit = 2;
  static constexpr std::uint8_t dev_bit = 4;
  static constexpr std::uint8_t local_bit = 8;

  Version() = default;
  std::strong_ordering compare_texts(const Version& other) const noexcept;

  // If v < w then v's key is at most w's. Equal keys mean equal versions, unless one of them has a text. The
  // layout stands in version.cpp.
  std::uint64_t key_high_ = 0;
  std::uint64_t key_low_ = 0;
  std::unique_ptr<const std::string> big_;  // str(), if the key does not say all
  std::uint8_t release_length_ = 0;         // meaningful only without big_
  std::uint8_t segments_ = 0;
};

/// Sorts ascending and stably; several times faster than std::sort for many.
void sort_versions(std::vector<Version>& versions);

}  // namespace packhouse
