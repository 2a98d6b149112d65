#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pep/version.hpp"

namespace packhouse {

/// One clause, such as ">=1.0" or "==2.*".
class Specifier {
 public:
  enum class Operator : std::uint8_t {
    compatible,        ///< ~=
    equal,             ///< ==
    not_equal,         ///< !=
    less_or_equal,     ///< <=
    greater_or_equal,  ///< >=
    less,              ///< <
    greater,           ///< >
    arbitrary,         ///< ===
  };

  static Result<Specifier> parse(std::string_view text);
  static Parsed<Specifier> read(std::string_view text);

  Operator op() const noexcept { return op_; }
  /// As it was written, without surrounding white space.
  const std::string& version_text() const noexcept { return version_text_; }
  /// The version, for every operator but `===`, for which it is set only if the text is a version. For
  /// "==1.*" it is 1.
  const std::optional<Version>& version() const noexcept { return version_; }
  /// Whether the text ends in ".*" (and the operator gives that a meaning).
  bool is_prefix() const noexcept { return prefix_; }

  /// Operator and version text, without white space between them.
  std::string str() const;

  /// Ignores the rule on pre-releases, which belongs to the set.
  bool contains(const Version& version) const;
  /// The same for text that may be no version; only `===` can then be true.
  bool contains(std::string_view text) const;

  /// Whether naming this version asks for pre-releases.
  bool names_prerelease() const noexcept;

  /// Equal if they mean the same: "==1.0" is "==1.0.0".
  bool operator==(const Specifier& other) const { return key() == other.key(); }

 private:
  friend class SpecifierSet;
  Specifier() = default;
  void derive_bounds();
  std::string key() const;

  Operator op_ = Operator::equal;
  bool prefix_ = false;
  std::string version_text_;
  std::optional<Version> version_;
  // Derived once: the bound that `~=`, `==x.*`, `<` and `>` compare with. See specifier.cpp.
  std::optional<Version> lower_;
  std::optional<Version> upper_;
};

/// As it is written: ">=".
std::string_view to_string(Specifier::Operator op) noexcept;

/// Clauses joined by commas, all of which must hold. Empty: everything.
class SpecifierSet {
 public:
  SpecifierSet() = default;
  static Result<SpecifierSet> parse(std::string_view text);
  static Parsed<SpecifierSet> read(std::string_view text);

  /// Sorted, each clause once, as str(packaging.specifiers.SpecifierSet) gives it.
  std::string str() const;
  bool empty() const noexcept { return specifiers_.empty(); }
  /// In the order of str().
  const std::vector<Specifier>& specifiers() const noexcept { return specifiers_; }

  /// `prereleases`: true lets pre-releases in, false keeps them out, unset follows PEP 440: a single
  /// candidate has no alternative, so a pre-release matches.
  bool contains(const Version& version, std::optional<bool> prereleases = std::nullopt) const;
  /// The same for text that may be no version: such text matches an empty set, and `===`.
  bool contains(std::string_view text, std::optional<bool> prereleases = std::nullopt) const;

  /// Indices of the candidates that match, in their order. With `prereleases` unset, pre-releases are among
  /// them only if a clause names one, or if nothing else matches.
  std::vector<std::size_t> filter(std::span<const Version> candidates,
                                  std::optional<bool> prereleases = std::nullopt) const;
  std::vector<std::size_t> filter(std::span<const std::string_view> candidates,
                                  std::optional<bool> prereleases = std::nullopt) const;

  bool operator==(const SpecifierSet& other) const = default;

 private:
  static SpecifierSet sorted_set(std::vector<Specifier> specifiers);
  bool matches(const Version& version) const;
  bool matches(std::string_view text, const std::optional<Version>& version) const;

  std::vector<Specifier> specifiers_;
};

}  // namespace packhouse
