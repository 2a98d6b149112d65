#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "archive/policy.hpp"
#include "base/result.hpp"
#include "dist/check_result.hpp"

namespace packhouse::dist {

/// What a file must show. Built once from the configuration, then immutable: safe to share between threads.
class Policy {
 public:
  /// For a private index: the rules that only suit a public one are off.
  Policy() { archive_.links_inside = true; }
  /// With those rules on.
  static Policy public_index();
  /// For an index of files that others built: the rules that old files break, though installers take them,
  /// warn.
  static Policy mirror();

  /// One setting by its name, in any order:
  /// - "base" with "public-index", "private-index" (the default) or "mirror": what holds where nothing else
  /// is
  ///   said;
  /// - a check's identifier ("wheel.record.hash") with "refuse", "warn" or "off";
  /// - "limits.entries", "limits.index-bytes", "limits.name-bytes", "limits.total-size", "limits.ratio",
  ///   "limits.ratio-from" with a decimal number;
  /// - "archive.data-descriptors", "archive.links-inside" or "sdist.zip" with "true" or "false".
  /// invalid_input for an unknown name or value. Checks that keep a reader safe (docs/checks.md marks them)
  /// stay on refuse.
  Status set(std::string_view name, std::string_view value);

  const archive::Policy& archive() const noexcept { return archive_; }
  /// What the policy says of that check; nullopt where it says nothing and the check's own default holds.
  std::optional<Severity> severity(std::string_view check) const;
  /// Whether a .zip counts as an sdist.
  bool zip_sdists() const noexcept { return zip_sdists_.value_or(is_mirror_); }

 private:
  void take_public_rules();
  void take_mirror_rules();
  archive::Policy archive_;
  std::optional<bool> zip_sdists_;
  bool is_mirror_ = false;
  std::map<std::string, Severity, std::less<>> severities_;
};

/// How a policy lets pass what `check` refuses, in words: `"ID" = "warn" in the policy takes it`. Empty for a
/// check that no policy lowers.
std::string lowering(const CheckInfo& check);

}  // namespace packhouse::dist
