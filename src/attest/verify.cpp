#include "attest/verify.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "attest/leaf.hpp"
#include "attest/sct.hpp"
#include "attest/statement.hpp"
#include "attest/timestamp.hpp"
#include "attest/transparency.hpp"

namespace packhouse::attest {
namespace {

/// The checks so far.
class Checklist {
 public:
  /// Long enough for the tail of a workflow's URI, where one differs from the other.
  static std::string show(std::string_view text) { return quote(text, 512); }

  bool add(std::string id, bool passed, std::string expected, std::string found) {
    checks_.push_back({std::move(id), passed, std::move(expected), std::move(found)});
    return passed;
  }
  /// Passed with what `good` says, or refused with what the status does.
  template <typename T>
  bool add(std::string id, std::string expected, const Result<T>& status, std::string good) {
    return add(std::move(id), status.ok(), std::move(expected),
               status.ok() ? std::move(good) : why(status.error()));
  }
  bool equal(std::string id, std::string_view expected, std::string_view found) {
    return add(std::move(id), expected == found, show(expected), show(found));
  }
  bool all_passed() const { return std::ranges::all_of(checks_, &AttestationCheck::passed); }
  const std::vector<AttestationCheck>& list() const { return checks_; }
  std::vector<AttestationCheck> take() && { return std::move(checks_); }

 private:
  static std::string why(const Error& error) {
    return error.message.starts_with("expected ") ? "broken data: " + error.message : error.message;
  }

  std::vector<AttestationCheck> checks_;
};

/// How far the bundle is trusted under one trusted root.
struct Trust {
  Checklist checks;
  Attested attested;
};

Result<CertificatePtr> read_leaf(const Bundle& bundle) {
  TRY(auto leaf, parse_certificate(bundle.certificate));
  CHECK_OK(check_leaf_usage(leaf.get()));
  return leaf;
}

Status check_signature(X509* leaf, const Bundle& bundle) {
  const auto signed_bytes = pre_authentication_encoding(bundle.payload_type, bundle.payload);
  if (verifies(X509_get0_pubkey(leaf), signed_bytes, bundle.signature)) return success();
  return Error{Errc::invalid_input, "a signature of other bytes or by another key"};
}

/// One entry, no more: a second could only be about something else.
Result<LogProof> check_log(const Bundle& bundle, const TrustedRoot& root) {
  if (bundle.log_entries.size() != 1) {
    return Error{Errc::invalid_input, fmt::format("{} log entries", bundle.log_entries.size())};
  }
  return verify_log_entry(bundle.log_entries.front(), bundle, root.transparency_logs);
}

/// The times that a trusted party signed for. A token that does not verify proves nothing and could be left
/// out as well, so it is no refusal beside one that does.
Result<std::vector<Timestamp>> verified_times(const Bundle& bundle, const TrustedRoot& root,
                                              const std::optional<Timestamp>& integrated) {
  std::vector<Timestamp> times;
  if (integrated) times.push_back(*integrated);
  Error why{Errc::invalid_input, "no timestamp"};
  for (const auto& token : bundle.timestamps) {
    auto time = verify_timestamp(token, bundle.signature, root.timestamp_authorities);
    if (time.ok()) {
      times.push_back(*time);
    } else {
      why = std::move(time).error();
    }
  }
  if (times.empty()) return why;
  return times;
}

Status valid_at_all(X509* leaf, const Authority& authority, const std::vector<Timestamp>& times) {
  for (const auto& time : times) {
    auto issuer = issuer_under(leaf, authority, &time);
    if (!issuer.ok()) {
      return Error{Errc::invalid_input, fmt::format("{} at {}", issuer.error().message, to_iso8601(time))};
    }
  }
  return success();
}

/// An authority that the leaf chains to.
struct Path {
  const Authority* authority;
  CertificatePtr issuer;
};

Result<std::vector<Path>> paths_to(X509* leaf, const TrustedRoot& root) {
  std::vector<Path> paths;
  Error why{Errc::invalid_input, "a trusted root without authorities"};
  for (const auto& authority : root.certificate_authorities) {
    auto issuer = issuer_under(leaf, authority, nullptr);
    if (issuer.ok()) {
      paths.push_back({&authority, std::move(*issuer)});
    } else {
      why = std::move(issuer).error();
    }
  }
  if (paths.empty()) return why;
  return paths;
}

/// Generations of one instance share an anchor, so several paths may lead to it: the one that was in use
/// counts.
Status choose_path(X509* leaf, std::vector<Path>& paths, const std::vector<Timestamp>& times) {
  Status status = success();
  for (auto& path : paths) {
    status = valid_at_all(leaf, *path.authority, times);
    if (!status.ok()) continue;
    std::swap(path, paths.front());
    break;
  }
  return status;
}

std::string show(const std::vector<Timestamp>& times) {
  std::string text;
  for (const auto& time : times)
    text += (text.empty() ? "" : ", ") + to_iso8601(time);
  return text;
}

Status in_use(const TrustedLog& log, const std::vector<Timestamp>& times) {
  for (const auto& time : times) {
    if (!log.valid_for.contains(time)) {
      return Error{Errc::invalid_input, fmt::format("{}, when the key of {} was not in use", to_iso8601(time),
                                                    quote(log.base_url))};
    }
  }
  return success();
}

/// Log and SCT: what an instance that keeps logs must show beside the timestamp.
void add_log_checks(Trust& trust, X509* leaf, const Path& path, const TrustedRoot& root,
                    const Result<LogProof>& proof) {
  const auto in_time = proof.ok() ? in_use(*proof->log, trust.attested.signed_at) : Status(proof.error());
  trust.checks.add("attestation.transparency-log",
                   "one entry of this envelope, proven by a checkpoint of the instance's log", in_time,
                   proof.ok() ? fmt::format("an entry of {}", quote(proof->log->base_url)) : "");
  if (in_time.ok()) trust.attested.log_index = proof->log_index;
  trust.checks.add("attestation.sct", "an SCT of the instance's certificate log over the certificate",
                   check_scts(leaf, path.issuer.get(), root.ct_logs), "one that verifies");
}

/// Chain, time, log and SCT under one root. Nothing that the statement says is used.
Trust trust_under(const TrustedRoot& root, const Bundle& bundle, X509* leaf) {
  Trust trust;
  auto paths = paths_to(leaf, root);
  if (!trust.checks.add("attestation.chain", "a certificate of an authority of the trusted root", paths,
                        fmt::format("issuer {}", quoted_name(X509_get_issuer_name(leaf))))) {
    return trust;
  }
  const auto proof = root.keeps_logs() ? check_log(bundle, root) : Result<LogProof>(LogProof{});
  const auto times = verified_times(bundle, root, proof.ok() ? proof->integrated : std::nullopt);
  Status timely = success();
  if (times.ok()) {
    trust.attested.signed_at = *times;
    timely = choose_path(leaf, *paths, *times);
  } else {
    timely = times.error();
  }
  trust.attested.authority = paths->front().authority->uri;
  trust.checks.add("attestation.timestamp",
                   "a signed time at which the certificate and its authority were valid", timely,
                   show(trust.attested.signed_at));
  if (root.keeps_logs()) add_log_checks(trust, leaf, paths->front(), root, proof);
  return trust;
}

std::size_t count_passed(const std::vector<AttestationCheck>& checks) {
  return static_cast<std::size_t>(std::ranges::count_if(checks, &AttestationCheck::passed));
}

/// The root under which the bundle is trusted, else the one under which it got furthest.
Trust best_trust(std::span<const TrustedRoot> roots, const Bundle& bundle, X509* leaf) {
  std::optional<Trust> best;
  std::size_t most = 0;
  for (const auto& root : roots) {
    auto trust = trust_under(root, bundle, leaf);
    if (trust.checks.all_passed()) return trust;
    const auto passed = count_passed(trust.checks.list());
    if (!best || passed > most) {
      best = std::move(trust);
      most = passed;
    }
  }
  if (best) return std::move(*best);
  Trust none;
  none.checks.add("attestation.chain", false, "a trusted root to verify under", "none");
  return none;
}

std::string show_runner(bool hosted) {
  return hosted ? "github-hosted" : "self-hosted";
}

/// The certificate against the expectation.
void add_signer_checks(Checklist& checks, const Signer& signer, const Expectation& expected) {
  checks.equal("attestation.issuer", expected.issuer, signer.issuer);
  checks.equal("attestation.repository",
               fmt::format("{} (id {})", expected.source_repository_uri, expected.source_repository_id),
               fmt::format("{} (id {})", signer.source_repository_uri, signer.source_repository_id));
  checks.equal("attestation.workflow", expected.build_config_uri, signer.build_config_uri);
  checks.equal("attestation.signer",
               expected.signer_uri.empty() ? expected.build_config_uri : expected.signer_uri,
               signer.signer_uri);
  checks.equal("attestation.ref", expected.source_ref, signer.source_ref);
  // The workflow file is read at the commit that is built; GitHub has no event where they differ in one
  // repository, so a difference would be a workflow of another commit building this one.
  checks.add(
      "attestation.commit",
      signer.source_commit == expected.source_commit && signer.build_config_commit == expected.source_commit,
      quote(expected.source_commit),
      signer.build_config_commit == signer.source_commit
          ? quote(signer.source_commit)
          : fmt::format("{} built by the workflow of {}", quote(signer.source_commit),
                        quote(signer.build_config_commit)));
  checks.equal("attestation.event", expected.event, signer.event);
  checks.equal("attestation.run", expected.run_invocation_uri, signer.run_invocation_uri);
  if (expected.hosted_runner) {
    checks.equal("attestation.runner", show_runner(*expected.hosted_runner), signer.runner);
  }
}

/// The statement against the expectation.
void add_statement_checks(Checklist& checks, const Bundle& bundle, const Expectation& expected) {
  const auto statement = Statement::parse(bundle);
  if (!checks.add("attestation.statement", "an in-toto Statement v1", statement, "one")) return;
  checks.equal("attestation.predicate", expected.predicate_type, statement->predicate_type);
  const auto subject = find_subject(*statement, expected);
  const auto named = expected.subject_name.empty() ? std::string() : " named " + quote(expected.subject_name);
  checks.add("attestation.subject", fmt::format("a subject{} of sha256 {}", named, expected.subject.hex()),
             subject, subject.ok() ? *subject : "");
  checks.add("attestation.build", "provenance of a plain run of the expected workflow",
             check_build(*statement, expected), "it agrees");
}

}  // namespace

Verdict verify(const Bundle& bundle, std::span<const TrustedRoot> roots, const Expectation& expected) {
  Checklist checks;
  const auto leaf = read_leaf(bundle);
  if (!checks.add("attestation.certificate", "a code-signing certificate with an ECDSA P-256 key", leaf,
                  "one") ||
      !checks.add("attestation.signature", "a signature of the envelope by the certificate's key",
                  check_signature(leaf->get(), bundle), "it verifies")) {
    return {.checks = std::move(checks).take(), .attested = {}};
  }
  auto trust = best_trust(roots, bundle, leaf->get());
  const bool trusted = trust.checks.all_passed();
  for (auto& check : std::move(trust.checks).take())
    checks.add(std::move(check.id), check.passed, std::move(check.expected), std::move(check.found));
  if (!trusted) return {.checks = std::move(checks).take(), .attested = {}};

  const auto signer = read_signer(leaf->get());
  if (checks.add("attestation.identity", "a certificate of a workflow run", signer, "one")) {
    add_signer_checks(checks, *signer, expected);
    trust.attested.signer = *signer;
  }
  add_statement_checks(checks, bundle, expected);
  if (!checks.all_passed()) return {.checks = std::move(checks).take(), .attested = {}};
  return {.checks = std::move(checks).take(), .attested = std::move(trust.attested)};
}

Result<Claims> read_claims(const Bundle& bundle) {
  TRY(const auto leaf, parse_certificate(bundle.certificate));
  TRY(auto signer, read_signer(leaf.get()));
  TRY(auto statement, Statement::parse(bundle));
  return Claims{std::move(signer), std::move(statement.predicate_type)};
}

Verdict verify_any(std::span<const std::string> bundles, std::span<const TrustedRoot> roots,
                   const Expectation& expected) {
  if (bundles.empty() || bundles.size() > most_bundles) {
    return {.checks = {{"attestation.present", false, fmt::format("1 to {} attestations", most_bundles),
                        fmt::format("{}", bundles.size())}},
            .attested = {}};
  }
  Verdict best;
  std::size_t most = 0;
  for (const auto& text : bundles) {
    Checklist checks;
    const auto bundle = Bundle::parse(text);
    const bool parsed =
        checks.add("attestation.bundle", "a Sigstore bundle with one signed envelope", bundle, "one");
    auto verdict = parsed ? verify(*bundle, roots, expected) : Verdict();
    auto all = std::move(checks).take();
    std::ranges::move(verdict.checks, std::back_inserter(all));
    verdict.checks = std::move(all);
    if (verdict.passed()) return verdict;
    const auto passed = count_passed(verdict.checks);
    if (best.checks.empty() || passed > most) {
      best = std::move(verdict);
      most = passed;
    }
  }
  return best;
}

}  // namespace packhouse::attest
