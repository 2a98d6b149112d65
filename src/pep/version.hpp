#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pep/parse_error.hpp"
#include "pep/version_key.hpp"

namespace packhouse {

/// A version as PEP 440 and the "Version specifiers" specification define it. Immutable; safe to share.
/// Numbers have no bound. version_key.hpp says why comparing two versions is fast.
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

  /// The normal form, trailing zeros kept: "1.0.0RC-1" is "1.0.0rc1".
  const std::string& str() const noexcept { return text_; }

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
    if (key_ != other.key_) return key_ <=> other.key_;
    return key_.is_complete() ? std::strong_ordering::equal : compare_texts(other);
  }
  bool operator==(const Version& other) const noexcept { return (*this <=> other) == 0; }

 private:
  friend class VersionReader;

  Version(VersionKey key, std::string text) : key_(key), text_(std::move(text)) {}
  std::strong_ordering compare_texts(const Version& other) const noexcept;

  VersionKey key_;
  std::string text_;  // the normal form
};

}  // namespace packhouse
