#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "index/context.hpp"
#include "index/holds.hpp"

namespace packhouse::index {

/// A release that is to be deleted, or, without a version, every release of the project.
struct DeletionTarget {
  ProjectName project;
  std::optional<Version> version = {};

  /// invalid_input for a malformed name or version.
  static Result<DeletionTarget> parse(std::string_view project, const std::optional<std::string>& version);
};

/// The releases with files that a target names.
struct Deletion {
  ProjectName project;
  std::vector<DoomedRelease> releases = {};  ///< in the project's order; those that are held left out
  std::vector<HeldRelease> held = {};

  std::size_t files() const noexcept;
  std::uint64_t bytes() const noexcept;
  /// With the files of each release counted, not listed.
  json::Object to_json() const;
};

/// What delete_releases() would delete, and what holds it. not_found where the target has no file, forbidden
/// in an immutable index.
Result<Deletion> plan_deletion(const Context& context, const DeletionTarget& target);

/// Deletes every file of the target, each with its ledger entry. The filenames are retired and the releases
/// closed; the bytes stay until `packhouse gc`. Errors as plan_deletion(), conflict where anything of the
/// target is held, invalid_input without a reason. A release goes whole or not at all; of a large project
/// some thousand files go at a time, so that other writers wait for no more, and a call that was cut off can
/// be repeated.
Result<Deletion> delete_releases(const Context& context, const DeletionTarget& target,
                                 std::string_view reason, const Actor& actor);

}  // namespace packhouse::index
