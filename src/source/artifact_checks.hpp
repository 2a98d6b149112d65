#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "evidence/check.hpp"
#include "source/run_evidence.hpp"

namespace packhouse::source {

/// A run of a wheel for each platform and each Python has some dozen artifacts.
inline constexpr std::size_t most_artifacts = 64;

/// Whether the run has of every rule exactly one usual artifact, or of a pattern at least one and each name
/// once, made by its build job. What earlier attempts of that job left counts as little as what has expired;
/// its times tell it from what another job added.
Checks decide_artifacts(const Policy& policy, const RunEvidence& evidence);

/// Those artifacts, in the order of the rules and by name; call after decide_artifacts() passed.
std::vector<forge::ArtifactFacts> chosen_artifacts(const Policy& policy, const RunEvidence& evidence);

/// The attempts in which the jobs that made them ran: a job that was not repeated is listed in each later
/// attempt as it was. The newest one for a job that no earlier attempt has so.
std::set<std::int64_t> build_attempts(const Policy& policy, const RunEvidence& evidence);

/// Whether the artifact read again by its id, just before the download, is the one that was decided on.
Checks decide_artifact_unchanged(const forge::ArtifactFacts& before, const forge::ArtifactFacts& now);

}  // namespace packhouse::source
