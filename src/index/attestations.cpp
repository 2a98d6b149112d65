#include "index/attestations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "attest/verify.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

namespace packhouse::index {
namespace {

constexpr std::string_view forge = "https://github.com/";
constexpr std::string_view workflows = "/.github/workflows/";
constexpr std::string_view slsa_v1 = "https://slsa.dev/provenance/v1";
constexpr std::string_view publish_v1 = "/attestations/publish/v1";  // below the documents of who defined it
constexpr std::size_t most = 2;

Error bad(std::string_view why, std::string_view hint = {}) {
  return {Errc::invalid_input, fmt::format("Invalid attestations supplied during upload: {}", why),
          std::string(hint)};
}

bool is_known_predicate(std::string_view type) {
  return type == slsa_v1 || (type.starts_with("https://") && type.ends_with(publish_v1));
}

std::string workflow_uri(const TrustedPublisher& publisher, std::string_view ref) {
  return fmt::format("{}{}/{}@{}", forge, publisher.repository, publisher.workflow, ref);
}

/// The signer must be one of the publishers. The commit and the run are the signer's claim, which the
/// provenance records.
attest::Expectation expect(const attest::Claims& claims, const TrustedPublisher& publisher,
                           const File& file) {
  const auto& signer = claims.signer;
  return {.subject = file.sha256,
          .subject_name = file.filename,
          .predicate_type = claims.predicate_type,
          .source_repository_uri = std::string(forge) + publisher.repository,
          .source_repository_id =
              static_cast<std::int64_t>(parse_decimal(signer.source_repository_id).value_or(0)),
          .source_ref = signer.source_ref,
          .source_commit = signer.source_commit,
          .build_config_uri = workflow_uri(publisher, signer.source_ref),
          .event = signer.event,
          .run_invocation_uri = signer.run_invocation_uri};
}

std::string why_not(const attest::Verdict& verdict) {
  const auto refused = std::ranges::find(verdict.checks, false, &attest::AttestationCheck::passed);
  if (refused == verdict.checks.end()) return "nothing was verified";
  return fmt::format("{}: expected {}, found {}", refused->id, refused->expected, refused->found);
}

json::Object described(const TrustedPublisher& publisher, const attest::Signer& signer) {
  return {{"kind", "GitHub"},
          {"repository", publisher.repository},
          {"workflow", publisher.workflow.substr(publisher.workflow.rfind('/') + 1)},
          {"environment", nullptr},
          {"claims",
           {{"repository_id", signer.source_repository_id},
            {"ref", signer.source_ref},
            {"sha", signer.source_commit},
            {"event_name", signer.event},
            {"run_invocation_uri", signer.run_invocation_uri}}}};
}

struct Verified {
  json::Object publisher;
  std::string predicate_type;
};

Result<Verified> verify_one(const AttestationPolicy& policy, const File& file, const json::Value& value) {
  const auto bundle = attest::Bundle::from_attestation(value);
  if (!bundle.ok()) return bad("malformed: " + bundle.error().message);
  const auto claims = attest::read_claims(*bundle);
  if (!claims.ok()) return bad(claims.error().message);
  if (!is_known_predicate(claims->predicate_type))
    return bad("unsupported predicate " + quote(claims->predicate_type));
  if (claims->signer.event == "pull_request_target") return bad("made for another's pull request");
  const std::string& project = file.release.project.str();
  const auto known = policy.publishers.find(project);
  std::string why = fmt::format("{} has no publisher on this index", project);
  if (known == policy.publishers.end())
    return bad(why, "an administrator names them under [attestations.publishers]");
  for (const TrustedPublisher& publisher : known->second) {
    const auto verdict = attest::verify(*bundle, policy.roots, expect(*claims, publisher, file));
    if (verdict.passed())
      return Verified{described(publisher, verdict.attested->signer), claims->predicate_type};
    why = why_not(verdict);
  }
  return bad(why);
}

}  // namespace

Result<TrustedPublisher> TrustedPublisher::parse(std::string_view text) {
  const auto at = text.find(workflows);
  const auto repository = text.substr(0, at);
  const auto name = at == std::string_view::npos ? std::string_view{} : text.substr(at + workflows.size());
  const bool sound = split(repository, '/').size() == 2 && !repository.starts_with('/') &&
                     !repository.ends_with('/') && !name.empty() && name.find('/') == std::string_view::npos;
  if (sound) return TrustedPublisher{std::string(repository), std::string(text.substr(at + 1))};
  return Error{Errc::invalid_input,
               "expected a workflow as OWNER/NAME/.github/workflows/FILE, found " + quote(text)};
}

Result<std::string> provenance_of(const AttestationPolicy& policy, const File& file,
                                  std::string_view attestations) {
  const auto value = json::parse(attestations);
  if (!value.ok() || !value->is_array()) return bad("malformed: expected a JSON array");
  const auto& list = value->get_array();
  if (list.empty() || list.size() > most)
    return bad(fmt::format("expected 1 to {} of them, found {}", most, list.size()));
  json::Array bundles;
  std::set<std::string> predicates;
  for (const json::Value& attestation : list) {
    TRY(auto verified, verify_one(policy, file, attestation));
    if (!predicates.insert(verified.predicate_type).second)
      return bad("two of predicate " + quote(verified.predicate_type));
    bundles.emplace_back(json::Object{{"publisher", std::move(verified.publisher)},
                                      {"attestations", json::Array{attestation}}});
  }
  return json::dump(json::Object{{"version", 1}, {"attestation_bundles", std::move(bundles)}});
}

}  // namespace packhouse::index
