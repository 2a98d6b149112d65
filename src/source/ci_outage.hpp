#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "evidence/check.hpp"
#include "forge/forge.hpp"
#include "source/policy.hpp"

namespace packhouse::source {

/// The forge's answers on whether CI can give a commit's files.
struct CiProbe {
  std::string api;     ///< the address of the forge
  std::string commit;  ///< what would be released
  /// The first request that failed, after the retries that the host asks for; no other followed it.
  std::optional<Error> failure = std::nullopt;
  forge::WorkflowFacts workflow = {};
  forge::RefFacts branch = {};
  forge::AncestryFacts ancestry = {};
  forge::RunListing runs = {};

  /// All answers, for the journal.
  std::vector<Evidence> evidence() const;
};

/// Asks the forge and decides nothing. A failure of the forge is a finding, not an error.
CiProbe probe_ci(forge::Forge& forge, std::string_view api, const Policy& policy, std::string_view commit);

/// Whether promotion from CI is not available: the check `recover.ci-unavailable`, and where the forge
/// answers `recover.commit-on-forge`. Only this counts:
///
/// 1. The API does not answer, or not with what can be read (5xx, no connection, no JSON), after all retries.
/// 2. It answers, and its workflow is switched off.
/// 3. It answers, the workflow is on, and every run of the commit on the branch ended without a result:
///    cancelled, timed out, never started.
///
/// Refused where a run of the commit succeeded (promote it), is queued or running (wait for it) or failed (CI
/// works and refused the commit). A failure that the caller could have caused proves nothing: a refused
/// token, a rate limit, a repository that is not found. A fact that the forge did not state refuses the
/// recovery.
Checks decide_ci_unavailable(const Policy& policy, const CiProbe& probe);

/// What decide_ci_unavailable() found, in one line.
std::string describe(const Policy& policy, const CiProbe& probe);

}  // namespace packhouse::source
