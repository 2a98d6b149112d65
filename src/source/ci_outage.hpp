#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "evidence/check.hpp"
#include "forge/forge.hpp"
#include "source/policy.hpp"

namespace packhouse::source {

/// What the forge answered when it was asked whether CI can give a commit's files.
struct CiProbe {
  std::string api;     ///< the address that was asked
  std::string commit;  ///< what would be released
  /// The first question that came to nothing, also after the retries that the host asks for; nothing was
  /// asked after it.
  std::optional<Error> failure = std::nullopt;
  forge::WorkflowFacts workflow = {};
  forge::RefFacts branch = {};
  forge::AncestryFacts ancestry = {};
  forge::RunListing runs = {};

  /// All that was seen, for the journal.
  std::vector<Evidence> evidence() const;
};

/// Asks. It decides nothing, and no failure of the forge is an error here: it is what was to be found out.
CiProbe probe_ci(forge::Forge& forge, std::string_view api, const Policy& policy, std::string_view commit);

/// Whether promotion from CI is not available: the check `recover.ci-unavailable`, and where the forge
/// answers `recover.commit-on-forge`. Only this counts:
///
/// 1. The API does not answer, or not with what can be read (5xx, no connection, no JSON), after all retries.
/// 2. It answers, and its workflow is switched off.
/// 3. It answers, the workflow is on, and it has no run of the commit on the branch but such as were cut off
///    before CI said anything of the commit: cancelled, timed out, never started.
///
/// Never where a run of the commit succeeded (promote it), is queued or at work (wait for it) or failed (CI
/// works, and says no). Nothing counts that whoever asks could have made at home: a token that is refused, a
/// rate limit, a repository that is not found. A fact that the forge did not state is taken against the
/// recovery.
Checks decide_ci_unavailable(const Policy& policy, const CiProbe& probe);

/// In a line, what decide_ci_unavailable() found.
std::string describe(const Policy& policy, const CiProbe& probe);

}  // namespace packhouse::source
