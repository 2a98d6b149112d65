#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "index/context.hpp"
#include "pep/release_name.hpp"

namespace packhouse::index {

/// A release, or one file of it, as a request names it.
struct ReleaseTarget {
  ReleaseName release;
  std::optional<std::string> filename;  ///< unset: all of it

  /// invalid_input for a malformed name or version.
  static Result<ReleaseTarget> parse(std::string_view project, std::string_view version,
                                     const std::optional<std::string>& filename = std::nullopt);
};

/// The result of a change of state.
struct StateChange {
  bool changed = false;  ///< false: it had that state already, and nothing was written
  std::string subject;   ///< "main/demo/1.0", with the version as stored
};

/// Changes of a release after its upload. Each is one transaction with its ledger entry (who, what, why,
/// before, after), needs a reason of 1 to 1000 bytes in one line, and drops the project from caches.
/// not_found for a missing project, release or file; invalid_input without a reason.
class ReleaseLifecycle {
 public:
  explicit ReleaseLifecycle(const Context& context) : context_(context) {}

  /// PEP 592: still installs when pinned exactly. With a filename: that file alone.
  Result<StateChange> yank(const ReleaseTarget& target, std::string_view reason, const Actor& actor) const;
  /// conflict for a single file whose whole release is yanked.
  Result<StateChange> unyank(const ReleaseTarget& target, std::string_view reason, const Actor& actor) const;
  /// Not listed, not downloadable, and takes no further file; the bytes are kept. Whole releases only.
  Result<StateChange> block(const ReleaseTarget& target, std::string_view reason, const Actor& actor) const;
  Result<StateChange> unblock(const ReleaseTarget& target, std::string_view reason, const Actor& actor) const;
  /// PEP 792.
  Result<StateChange> set_status(std::string_view project, ProjectStatus status, std::string_view reason,
                                 const Actor& actor) const;

 private:
  struct Verb;
  Result<StateChange> yank_or_back(const ReleaseTarget& target, const Verb& verb, const Actor& actor) const;
  Result<StateChange> block_or_back(const ReleaseTarget& target, const Verb& verb, const Actor& actor) const;
  Result<ReleaseName> stored_name(const ReleaseTarget& target) const;
  Result<StateChange> announce(const Result<bool>& changed, const ProjectName& project,
                               std::string subject) const;

  const Context& context_;
};

/// The whole project, withheld files included.
json::Object to_json(const ProjectDetail& project);

}  // namespace packhouse::index
