#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"
#include "model/ledger_entry.hpp"
#include "model/release.hpp"

namespace packhouse {

/// The states of releases and projects: yanked, blocked, archived, quarantined. Errors, durability and
/// threads as in MetadataStore. Each call returns true when the state changed; false when it was that
/// already, and then nothing is written. The ledger entry gets "before" and "after" in its detail. not_found
/// for an index, project, release or file that does not exist.
class ReleaseStateStore {
 public:
  virtual ~ReleaseStateStore() = default;

  /// Yanks the whole release, also files added later; unset: undoes that. A file that was yanked on its own
  /// stays yanked.
  virtual Result<bool> yank_release(std::string_view index, const ReleaseName& release,
                                    const std::optional<std::string>& reason, const LedgerNote& note,
                                    Timestamp now) = 0;
  /// Yanks one file; unset: undoes that, which is a conflict while its whole release is yanked.
  virtual Result<bool> yank_file(std::string_view index, std::string_view filename,
                                 const std::optional<std::string>& reason, const LedgerNote& note,
                                 Timestamp now) = 0;
  /// `reason` is not empty; unset: the release is offered again.
  virtual Result<bool> block_release(std::string_view index, const ReleaseName& release,
                                     const std::optional<std::string>& reason, const LedgerNote& note,
                                     Timestamp now) = 0;
  virtual Result<bool> set_project_state(std::string_view index, const ProjectName& project,
                                         const ProjectState& state, const LedgerNote& note,
                                         Timestamp now) = 0;
};

}  // namespace packhouse
