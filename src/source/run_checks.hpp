#pragma once

#include <optional>
#include <vector>

#include "evidence/check.hpp"
#include "source/run_evidence.hpp"

namespace packhouse::source {

/// Whether this run is what the policy wants: one check for each line of the runbook's preflight, and for
/// each attack on it (release-provenance, section 1).
Checks decide_run(const Policy& policy, const RunEvidence& evidence);

/// Whether the run, read again after the download, is the one that was decided on: a re-run meanwhile gives
/// its artifacts new meaning.
Checks decide_run_unchanged(const forge::RunFacts& before, const forge::RunFacts& now);

/// Whether the tag of a run of a tag, read again before the publication, points where it did.
Checks decide_tag_unchanged(const std::optional<forge::RefFacts>& before,
                            const std::optional<forge::RefFacts>& now);

std::vector<const forge::JobFacts*> jobs_named(const forge::JobListing& listing,
                                               const forge::NamePattern& name);

}  // namespace packhouse::source
