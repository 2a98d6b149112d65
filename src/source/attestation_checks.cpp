#include "source/attestation_checks.hpp"

#include <fmt/format.h>

namespace packhouse::source {

attest::Expectation expectation(const AttestedRun& attested, const Sha256& subject) {
  const Policy& policy = attested.policy;
  const forge::RunFacts& run = attested.run.latest;
  const std::string repository = attested.server_url + "/" + policy.repository;
  const std::string ref = "refs/heads/" + policy.branch;
  return {.subject = subject,
          .source_repository_uri = repository,
          .source_repository_id = attested.run.repository.id.value_or(0),
          .source_ref = ref,
          .source_commit = run.head_sha.value_or(""),
          .build_config_uri = repository + "/" + policy.workflow + "@" + ref,
          .event = policy.event,
          .run_invocation_uri = fmt::format("{}/actions/runs/{}/attempts/{}", repository, run.id.value_or(0),
                                            run.attempt.value_or(0))};
}

Result<Checks> check_attestations(forge::Forge& forge, const AttestedRun& attested,
                                  const Candidate& candidate) {
  if (attested.policy.attestations.mode == AttestationPolicy::Mode::off) return Checks{};
  CheckBuilder exam;
  exam.on({"attestations"});
  for (const client::ReleaseFile& file : candidate.files) {
    TRY(const auto bundles, forge.attestations(file.sha256));
    const auto verdict = attest::verify_any(bundles, attested.roots, expectation(attested, file.sha256));
    for (const auto& check : verdict.checks) {
      exam.require(
          check.id, check.passed, check.expected, fmt::format("{}: {}", file.filename, check.found),
          "attest each file in the build job (actions/attest-build-provenance), and promote that very "
          "attempt");
    }
    exam.require("attestation.verified", verdict.passed(),
                 "an attestation of this attempt that passes every check",
                 fmt::format("{}: {}", file.filename, verdict.passed() ? "verified" : "none"),
                 "attest each file in the build job, and promote that very attempt");
  }
  return exam.take();
}

}  // namespace packhouse::source
