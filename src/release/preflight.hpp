#pragma once

#include <optional>
#include <vector>

#include "release/check.hpp"
#include "release/forge/forge.hpp"
#include "release/policy.hpp"

namespace packhouse::release {

/// All that is asked of the forge before a byte is downloaded.
struct RunEvidence {
  RunId requested;
  RepositoryFacts repository = {};
  WorkflowFacts workflow = {};
  RunFacts latest = {};   ///< as GET run answers: the newest attempt
  RunFacts attempt = {};  ///< the same attempt, asked for by its number: frozen
  JobListing jobs = {};   ///< of that attempt
  RefFacts branch = {};
  std::optional<RefFacts> shadowing_tag = {};
  AncestryFacts ancestry = {};
  ArtifactListing listing = {};

  std::vector<Evidence> all() const;
};

/// Reads it. Facts that a missing one leads to (ancestry of a commit that was not stated) stay absent, so
/// that the decision refuses with every reason at once.
Result<RunEvidence> gather(Forge& forge, const Policy& policy, RunId run);

/// Whether this run is what the policy wants: one check for each line of the runbook's preflight, and for
/// each attack on it (release-provenance, section 1).
Checks decide_run(const Policy& policy, const RunEvidence& evidence);

/// Whether the run has exactly one usable artifact, made by its build job.
Checks decide_artifact(const Policy& policy, const RunEvidence& evidence);

/// The one live artifact; call after decide_artifact() passed.
const ArtifactFacts& chosen_artifact(const ArtifactListing& listing);

/// Whether the artifact read again by its id, just before the download, is the one that was decided on.
Checks decide_artifact_unchanged(const ArtifactFacts& before, const ArtifactFacts& now);

/// Whether the run, read again after the download, is the one that was decided on: a re-run meanwhile gives
/// its artifacts new meaning.
Checks decide_run_unchanged(const RunFacts& before, const RunFacts& now);

}  // namespace packhouse::release
