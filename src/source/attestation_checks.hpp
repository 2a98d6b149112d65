#pragma once

#include <span>
#include <string>

#include "attest/verify.hpp"
#include "evidence/check.hpp"
#include "source/candidate.hpp"
#include "source/run_evidence.hpp"

namespace packhouse::source {

/// What an attestation is held against.
struct AttestedRun {
  const Policy& policy;
  const RunEvidence& run;  ///< which passed its checks
  const std::string& server_url;
  std::span<const attest::TrustedRoot> roots;
};

/// What a file's attestation must say: this repository by name and id, the branch or tag as refs/…, the
/// commit, the workflow, and that attempt of this run.
attest::Expectation expectation(const AttestedRun& attested, const Sha256& subject, std::int64_t attempt);

/// One check for each question on each file; an attestation counts that was made in the attempt in which the
/// build job ran. Empty when the policy asks for no attestations.
Result<Checks> check_attestations(forge::Forge& forge, const AttestedRun& attested,
                                  const Candidate& candidate);

}  // namespace packhouse::source
