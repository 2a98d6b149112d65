#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pep/parse_error.hpp"

namespace packhouse {

/// A version as PEP 440 and the "Version specifiers" specification define it. Immutable; safe to share.
///
/// Numbers have no bound: they are kept as decimal digits. Every version whose numbers are small (nearly all
/// are) also carries a 128-bit key whose order is the version's order, so that comparing is two integer
/// comparisons.
class Version {
 public:
  /// A pre-release segment. The view lives as long as its Version.
  struct Pre {
    std::string_view kind;    ///< "a", "b" or "rc"
    std::string_view number;  ///< digits without leading zeros
    bool operator==(const Pre&) const = default;
  };

  /// Any spelling that PEP 440's appendix B accepts, with surrounding white space. Time and memory are linear
  /// in the length.
  static Result<Version> parse(std::string_view text);
  static Parsed<Version> read(std::string_view text);

  /// The normal form, trailing zeros kept: "1.0.0RC-1" is "1.0.0rc1".
  const std::string& str() const noexcept { return text_; }

  /// The normal form with the release's trailing zeros removed: equal for exactly those versions that compare
  /// equal, hence the one to use as a key.
  std::string identity() const;

  /// Whether this is a pre-release or a development release.
  bool is_prerelease() const noexcept { return (segments_ & (has_pre_bit | has_dev_bit)) != 0; }
  bool is_postrelease() const noexcept { return (segments_ & has_post_bit) != 0; }
  bool is_devrelease() const noexcept { return (segments_ & has_dev_bit) != 0; }
  bool has_local() const noexcept { return (segments_ & has_local_bit) != 0; }

  /// Without the local segment.
  std::string public_part() const;
  /// Epoch and release only.
  std::string base_part() const;

  /// The parts, as digits without leading zeros. Views live as long as this object and are lost when it
  /// moves.
  std::string_view epoch() const;
  std::vector<std::string_view> release() const;
  std::optional<Pre> pre() const;
  std::optional<std::string_view> post() const;
  std::optional<std::string_view> dev() const;
  std::optional<std::string_view> local() const;

  /// PEP 440's order: total; 1.0 and 1.0.0 are equal.
  std::strong_ordering operator<=>(const Version& other) const noexcept;
  bool operator==(const Version& other) const noexcept;

 private:
  friend void sort_versions(std::vector<Version>& versions);
  friend class VersionBuilder;

  static constexpr std::uint8_t has_pre_bit = 1;
  static constexpr std::uint8_t has_post_bit = 2;
  static constexpr std::uint8_t has_dev_bit = 4;
  static constexpr std::uint8_t has_local_bit = 8;

  Version() = default;

  std::string text_;
  // Order of the key is the order of versions whose `exact_` is set. The layout: version_key.hpp.
  std::uint64_t key_high_ = 0;
  std::uint64_t key_low_ = 0;
  bool exact_ = false;
  std::uint8_t segments_ = 0;
};

/// Sorts ascending and stably; faster than std::sort for many.
void sort_versions(std::vector<Version>& versions);

}  // namespace packhouse
