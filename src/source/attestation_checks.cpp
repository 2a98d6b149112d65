#include "source/attestation_checks.hpp"

#include <fmt/format.h>

#include <optional>
#include <set>
#include <utility>

#include "base/json.hpp"
#include "source/artifact_checks.hpp"
#include "source/run_ref.hpp"

namespace packhouse::source {

attest::Expectation expectation(const AttestedRun& attested, const Sha256& subject, std::int64_t attempt) {
  const Policy& policy = attested.policy;
  const forge::RunFacts& run = attested.run.latest;
  const std::string repository = attested.server_url + "/" + policy.repository;
  const std::string ref = ref_of(policy, attested.run.version_tag, run).full();
  return {.subject = subject,
          .source_repository_uri = repository,
          .source_repository_id = attested.run.repository.id.value_or(0),
          .source_ref = ref,
          .source_commit = run.head_sha.value_or(""),
          .build_config_uri = repository + "/" + policy.workflow + "@" + ref,
          .event = run.event.value_or(""),
          .run_invocation_uri =
              fmt::format("{}/actions/runs/{}/attempts/{}", repository, run.id.value_or(0), attempt)};
}

namespace {

/// By the attestations of the forge in one of the attempts; the verdict of the newest where none passes.
attest::Verdict verdict_of(const AttestedRun& attested, const Sha256& subject,
                           const std::vector<std::string>& bundles, const std::set<std::int64_t>& attempts) {
  attest::Verdict verdict;
  for (const std::int64_t attempt : attempts) {
    verdict = attest::verify_any(bundles, attested.roots, expectation(attested, subject, attempt));
    if (verdict.passed()) return verdict;
  }
  return verdict;
}

/// By an attestation that lay beside the file in its artifact (PEP 740): of provenance, or of the publication
/// that the run meant to make. Either is signed for this run. nullopt: none, or none that passes.
std::optional<attest::Verdict> sidecar_verdict(const AttestedRun& attested, const client::ReleaseFile& file,
                                               const Candidate& candidate,
                                               const std::set<std::int64_t>& attempts) {
  constexpr std::string_view publication = "/attestations/publish/v1";  // below who defined it
  const auto sidecar = candidate.sidecars.find(file.filename + std::string(attestation_ending));
  if (sidecar == candidate.sidecars.end()) return std::nullopt;
  const auto document = json::parse(sidecar->second, max_sidecar_bytes);
  if (!document.ok()) return std::nullopt;
  const auto bundle = attest::Bundle::from_attestation(*document);
  if (!bundle.ok()) return std::nullopt;
  const auto claims = attest::read_claims(*bundle);
  if (!claims.ok()) return std::nullopt;
  for (const std::int64_t attempt : attempts) {
    auto expected = expectation(attested, file.sha256, attempt);
    expected.subject_name = file.filename;
    if (claims->predicate_type.ends_with(publication)) expected.predicate_type = claims->predicate_type;
    auto verdict = attest::verify(*bundle, attested.roots, expected);
    if (verdict.passed()) return verdict;
  }
  return std::nullopt;
}

}  // namespace

Result<Checks> check_attestations(forge::Forge& forge, const AttestedRun& attested,
                                  const Candidate& candidate) {
  if (attested.policy.attestations.mode == AttestationPolicy::Mode::off) return Checks{};
  CheckBuilder exam;
  exam.on({"attestations"});
  const std::set<std::int64_t> attempts = build_attempts(attested.policy, attested.run);
  for (const client::ReleaseFile& file : candidate.files) {
    TRY(const auto bundles, forge.attestations(file.sha256));
    auto verdict = verdict_of(attested, file.sha256, bundles, attempts);
    if (!verdict.passed())
      verdict = sidecar_verdict(attested, file, candidate, attempts).value_or(std::move(verdict));
    for (const auto& check : verdict.checks) {
      exam.require(
          check.id, check.passed, check.expected, fmt::format("{}: {}", file.filename, check.found),
          "attest each file in the build job (actions/attest-build-provenance), and promote that very "
          "attempt");
    }
    exam.require("attestation.verified", verdict.passed(),
                 "an attestation of the attempt that built it that passes every check",
                 fmt::format("{}: {}", file.filename, verdict.passed() ? "verified" : "none"),
                 "attest each file in the build job, and promote that very attempt");
  }
  return exam.take();
}

}  // namespace packhouse::source
