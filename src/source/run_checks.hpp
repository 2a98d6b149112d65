#pragma once

#include <optional>
#include <string>
#include <vector>

#include "evidence/check.hpp"
#include "forge/forge.hpp"
#include "source/policy.hpp"

namespace packhouse::source {

/// All that is asked of the forge before a byte is downloaded.
struct RunEvidence {
  RunId requested;
  forge::RepositoryFacts repository = {};
  forge::WorkflowFacts workflow = {};
  forge::RunFacts latest = {};   ///< as GET run answers: the newest attempt
  forge::RunFacts attempt = {};  ///< the same attempt, asked for by its number: frozen
  forge::JobListing jobs = {};   ///< of that attempt
  forge::RefFacts branch = {};
  std::optional<forge::RefFacts> shadowing_tag = {};
  forge::AncestryFacts ancestry = {};
  forge::ArtifactListing listing = {};
  /// What the run has instead, where it has no artifact of the name; for the explanation alone.
  std::vector<std::string> other_artifacts = {};

  std::vector<Evidence> all() const;
};

/// Reads it. Facts that a missing one leads to (ancestry of a commit that was not stated) stay absent, so
/// that the decision refuses with every reason at once.
Result<RunEvidence> gather(forge::Forge& forge, const Policy& policy, RunId run);

/// Whether this run is what the policy wants: one check for each line of the runbook's preflight, and for
/// each attack on it (release-provenance, section 1).
Checks decide_run(const Policy& policy, const RunEvidence& evidence);

/// Whether the run has exactly one usable artifact, made by its build job. What earlier attempts of that job
/// left counts as little as what has expired; its times tell it from what another job added.
Checks decide_artifact(const Policy& policy, const RunEvidence& evidence);

/// That artifact; call after decide_artifact() passed.
const forge::ArtifactFacts& chosen_artifact(const Policy& policy, const RunEvidence& evidence);

/// Whether the artifact read again by its id, just before the download, is the one that was decided on.
Checks decide_artifact_unchanged(const forge::ArtifactFacts& before, const forge::ArtifactFacts& now);

/// Whether the run, read again after the download, is the one that was decided on: a re-run meanwhile gives
/// its artifacts new meaning.
Checks decide_run_unchanged(const forge::RunFacts& before, const forge::RunFacts& now);

}  // namespace packhouse::source
