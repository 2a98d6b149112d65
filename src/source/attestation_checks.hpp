#pragma once

#include <span>
#include <string>

#include "attest/verify.hpp"
#include "evidence/check.hpp"
#include "source/candidate.hpp"
#include "source/run_checks.hpp"

namespace packhouse::source {

/// What an attestation is held against.
struct AttestedRun {
  const Policy& policy;
  const RunEvidence& run;  ///< which passed its checks
  const std::string& server_url;
  std::span<const attest::TrustedRoot> roots;
};

/// What a file's attestation must say: this repository by name and id, the branch as refs/heads/…, the
/// commit, the workflow, and this very attempt of this run.
attest::Expectation expectation(const AttestedRun& attested, const Sha256& subject);

/// One check for each question on each file. Empty when the policy asks for no attestations.
Result<Checks> check_attestations(forge::Forge& forge, const AttestedRun& attested,
                                  const Candidate& candidate);

}  // namespace packhouse::source
