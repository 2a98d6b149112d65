#include "pep/specifier.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "base/text.hpp"
#include "pep/unicode.hpp"

namespace packhouse {
namespace {

using Operator = Specifier::Operator;

std::string incremented(std::string digits) {
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit) {
    if (*digit != '9') {
      ++*digit;
      return digits;
    }
    *digit = '0';
  }
  return "1" + digits;
}

// 1.2 with 1 number dropped is 2.dev0: the least version of the next series.
Version next_series(const Version& version, std::size_t dropped) {
  auto release = version.release();
  release.resize(release.size() - dropped);
  release.back() = incremented(std::move(release.back()));
  return *Version::read(fmt::format("{}!{}.dev0", version.epoch(), fmt::join(release, ".")));
}

// The versions above 1.0.post1 begin at 1.0.post2.dev0, those above 1.0.dev1 at 1.0.dev2; those above 1.0 or
// 1.0a1 have no least one.
std::optional<Version> least_above(const Version& version) {
  if (const auto dev = version.dev()) {
    const std::string text = version.public_part();
    return *Version::read(text.substr(0, text.size() - dev->size()) + incremented(*dev));
  }
  if (const auto post = version.post()) {
    const std::string text = version.public_part();
    return *Version::read(text.substr(0, text.size() - post->size()) + incremented(*post) + ".dev0");
  }
  return std::nullopt;
}

bool equal_but_for_local(const Version& version, const Version& wanted) {
  return version.has_local() ? version.without_local() == wanted : version == wanted;
}

}  // namespace

std::string_view to_string(Specifier::Operator op) noexcept {
  switch (op) {
    case Operator::compatible:
      return "~=";
    case Operator::equal:
      return "==";
    case Operator::not_equal:
      return "!=";
    case Operator::less_or_equal:
      return "<=";
    case Operator::greater_or_equal:
      return ">=";
    case Operator::less:
      return "<";
    case Operator::greater:
      return ">";
    case Operator::arbitrary:
      return "===";
  }
  return {};
}

void Specifier::derive_bounds() {
  switch (op_) {
    case Operator::compatible:
      upper_ = next_series(*version_, 1);
      break;
    case Operator::equal:
    case Operator::not_equal:
      if (!prefix_) break;
      lower_ = *Version::read(version_->base_part() + ".dev0");
      upper_ = next_series(*version_, 0);
      break;
    case Operator::less:
      // <1.0 leaves out 1.0's own pre-releases, <1.0rc1 does not.
      upper_ = version_->is_prerelease() ? *version_ : *Version::read(version_->str() + ".dev0");
      break;
    case Operator::greater:
      lower_ = least_above(*version_);
      break;
    case Operator::less_or_equal:
    case Operator::greater_or_equal:
    case Operator::arbitrary:
      break;
  }
}

std::string Specifier::str() const {
  return fmt::format("{}{}", to_string(op_), version_text_);
}

bool Specifier::names_prerelease() const noexcept {
  return op_ != Operator::not_equal && !prefix_ && version_ && version_->is_prerelease();
}

bool Specifier::contains(const Version& version) const {
  switch (op_) {
    case Operator::compatible:
      return version >= *version_ && version < *upper_;
    case Operator::equal:
    case Operator::not_equal: {
      const bool equal = prefix_                 ? version >= *lower_ && version < *upper_
                         : version_->has_local() ? version == *version_
                                                 : equal_but_for_local(version, *version_);
      return equal == (op_ == Operator::equal);
    }
    case Operator::less_or_equal:
      return version <= *version_ || equal_but_for_local(version, *version_);
    case Operator::greater_or_equal:
      return version >= *version_;
    case Operator::less:
      return version < *upper_;
    case Operator::greater:
      // >1.0 leaves out 1.0.post1 and 1.0+x, which come after 1.0 in the order.
      return lower_ ? version >= *lower_ : version > *version_ && version.without_post() != *version_;
    case Operator::arbitrary:
      return unicode::lower(version_text_) == version.str();
  }
  return false;
}

bool Specifier::contains(std::string_view text) const {
  if (op_ == Operator::arbitrary) return unicode::lower(version_text_) == unicode::lower(text);
  const auto version = Version::read(text);
  return version.ok() && contains(*version);
}

// Two clauses with the same key mean the same.
std::string Specifier::key() const {
  if (op_ == Operator::arbitrary || prefix_) return str();
  // ~=1.0 and ~=1.0.0 are different: the count of numbers says which may grow.
  return fmt::format("{}{}", to_string(op_),
                     op_ == Operator::compatible ? version_->str() : version_->identity());
}

Parsed<SpecifierSet> SpecifierSet::read(std::string_view text) {
  if (auto error = check_length(text)) return *std::move(error);
  std::vector<Specifier> specifiers;
  for (const auto part : split(text, ',')) {
    const auto clause = unicode::trim(part);
    if (clause.empty()) continue;
    auto specifier = Specifier::read(clause);
    if (!specifier.ok()) {
      // Point into the whole text.
      const auto& error = specifier.error();
      return ParseError::at(text, static_cast<std::size_t>(clause.data() - text.data()) + error.position,
                            error.message, error.length);
    }
    specifiers.push_back(std::move(*specifier));
  }
  return sorted_set(std::move(specifiers));
}

SpecifierSet SpecifierSet::sorted_set(std::vector<Specifier> specifiers) {
  std::vector<std::pair<std::string, std::size_t>> order;
  for (const Specifier& specifier : specifiers)
    order.emplace_back(specifier.str(), order.size());
  std::ranges::sort(order);
  SpecifierSet set;
  std::unordered_set<std::string> seen;
  for (const auto& [text, index] : order) {
    Specifier& specifier = specifiers[index];
    if (seen.insert(specifier.key()).second) set.specifiers_.push_back(std::move(specifier));
  }
  return set;
}

Result<SpecifierSet> SpecifierSet::parse(std::string_view text) {
  return read(text).to_result();
}

std::string SpecifierSet::str() const {
  std::string out;
  for (const Specifier& specifier : specifiers_) {
    if (!out.empty()) out += ',';
    out += specifier.str();
  }
  return out;
}

bool SpecifierSet::matches(const Version& version) const {
  return std::ranges::all_of(specifiers_, [&](const Specifier& s) { return s.contains(version); });
}

bool SpecifierSet::matches(std::string_view text, const std::optional<Version>& version) const {
  return std::ranges::all_of(specifiers_, [&](const Specifier& s) {
    if (s.op() == Operator::arbitrary) return s.contains(text);
    return version && s.contains(*version);
  });
}

bool SpecifierSet::contains(const Version& version, std::optional<bool> prereleases) const {
  return matches(version) && (prereleases.value_or(true) || !version.is_prerelease());
}

bool SpecifierSet::contains(std::string_view text, std::optional<bool> prereleases) const {
  auto read = Version::read(text);
  const std::optional<Version> version = read.ok() ? std::optional(std::move(*read)) : std::nullopt;
  return matches(text, version) && (prereleases.value_or(true) || !version || !version->is_prerelease());
}

namespace {

struct Match {
  std::size_t index;
  bool is_version;
  bool is_prerelease;
};

// PEP 440, "Handling of pre-releases". What is no version is never a pre-release, nor the final release that
// would make pre-releases superfluous.
std::vector<std::size_t> without_unwanted(const std::vector<Match>& matches,
                                          std::optional<bool> prereleases) {
  const bool final_found = std::ranges::any_of(
      matches, [](const Match& match) { return match.is_version && !match.is_prerelease; });
  const bool keep = prereleases.value_or(!final_found);
  std::vector<std::size_t> indices;
  for (const Match& match : matches) {
    if (keep || !match.is_prerelease) indices.push_back(match.index);
  }
  return indices;
}

}  // namespace

std::vector<std::size_t> SpecifierSet::filter(std::span<const Version> candidates,
                                              std::optional<bool> prereleases) const {
  if (!prereleases && std::ranges::any_of(specifiers_, &Specifier::names_prerelease)) prereleases = true;
  std::vector<Match> found;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (matches(candidates[i])) found.push_back({i, true, candidates[i].is_prerelease()});
  }
  return without_unwanted(found, prereleases);
}

std::vector<std::size_t> SpecifierSet::filter(std::span<const std::string_view> candidates,
                                              std::optional<bool> prereleases) const {
  if (!prereleases && std::ranges::any_of(specifiers_, &Specifier::names_prerelease)) prereleases = true;
  std::vector<Match> found;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    auto read = Version::read(candidates[i]);
    const std::optional<Version> version = read.ok() ? std::optional(std::move(*read)) : std::nullopt;
    if (matches(candidates[i], version)) {
      found.push_back({i, version.has_value(), version && version->is_prerelease()});
    }
  }
  return without_unwanted(found, prereleases);
}

}  // namespace packhouse
