#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "attest/bundle.hpp"
#include "attest/trusted_root.hpp"
#include "base/digest.hpp"
#include "base/time.hpp"

// Whether a file was built by one attempt of one workflow run: GitHub artifact attestations, verified without
// the network. Pure functions, safe to call from any thread. No clock is asked: a signature counts at the
// time that a timestamp authority or a log signed for, never at the time that a bundle claims or that it is
// now.
namespace packhouse::attest {

/// What the attestation must say. Every text is compared as it is, byte for byte: no prefix, no pattern, no
/// case folding; an empty one matches nothing. Everything but the subject and the predicate type is read from
/// the certificate, which the workflow can not write, not from the statement, which it can.
struct Expectation {
  Sha256 subject;
  /// The name that the statement gives that file; not compared if empty.
  std::string subject_name = {};
  std::string predicate_type = "https://slsa.dev/provenance/v1";
  std::string issuer = "https://token.actions.githubusercontent.com";
  std::string source_repository_uri;  ///< "https://github.com/OWNER/REPO"
  std::int64_t source_repository_id;  ///< survives a rename; a re-created repository has another
  std::string source_ref;             ///< "refs/heads/main"
  std::string source_commit;          ///< 40 lower-case hexadecimal digits
  std::string build_config_uri;  ///< "https://github.com/OWNER/REPO/.github/workflows/ci.yml@refs/heads/main"
  /// The workflow file that signed, if it is a reusable one that the build's workflow calls. Empty: the
  /// build's own.
  std::string signer_uri = {};
  std::string event;               ///< "push"
  std::string run_invocation_uri;  ///< "https://github.com/OWNER/REPO/actions/runs/ID/attempts/N"
  /// true: on GitHub's own runner; false: on a self-hosted one; not compared if unset.
  std::optional<bool> hosted_runner = {};
};

/// One named thing that was looked at. `found` holds outside bytes only in quotes.
struct AttestationCheck {
  std::string id;  ///< "attestation.signature", …: stable, for policies and evidence
  bool passed = false;
  std::string expected;
  std::string found;
  bool operator==(const AttestationCheck&) const = default;
};

/// What a certificate says of the run that it was issued to: Fulcio's extensions 1.3.6.1.4.1.57264.1.x.
struct Signer {
  std::string issuer;                 ///< .8
  std::string signer_uri;             ///< .9, equal to the subject alternative name
  std::string runner;                 ///< .11, "github-hosted" or "self-hosted"
  std::string source_repository_uri;  ///< .12
  std::string source_commit;          ///< .13
  std::string source_ref;             ///< .14
  std::string source_repository_id;   ///< .15
  std::string build_config_uri;       ///< .18
  std::string build_config_commit;    ///< .19
  std::string event;                  ///< .20
  std::string run_invocation_uri;     ///< .21
  bool operator==(const Signer&) const = default;
};

/// An attestation that passed every check.
struct Attested {
  Signer signer;
  std::string authority;                  ///< the certificate authority's URI in the trusted root
  std::vector<Timestamp> signed_at;       ///< every verified time, at least one
  std::optional<std::int64_t> log_index;  ///< in the transparency log, if the instance keeps one
};

struct Verdict {
  /// In the order in which they were made. After a refused check of trust (signature, chain, timestamp, log,
  /// SCT) nothing that the bundle says is looked at, and the checks of content are not in the list.
  std::vector<AttestationCheck> checks;
  /// Set only if every check was made and passed.
  std::optional<Attested> attested;
  bool passed() const noexcept { return attested.has_value(); }
};

/// Verifies one bundle under the instance that its certificate chains to. What that instance needs is told by
/// the trusted root, not by the bundle:
///  - one that keeps no logs: an RFC 3161 timestamp of its authority over the signature;
///  - one that keeps logs: an SCT in the certificate, one log entry with inclusion proof and signed
///  checkpoint
///    that is of this envelope, and a time from a signed entry timestamp or from RFC 3161.
Verdict verify(const Bundle& bundle, std::span<const TrustedRoot> roots, const Expectation& expected);

/// What the bundle claims, by its certificate and its statement. Nothing of it is verified: it says what
/// verify() is to be asked.
struct Claims {
  Signer signer;
  std::string predicate_type;
};
Result<Claims> read_claims(const Bundle& bundle);

/// At least one of `bundles` (each the JSON of one) passes every check; the verdict is that bundle's. If none
/// does, it is the one of the bundle that got furthest. A broken bundle or one of another kind beside a good
/// one does no harm. No bundle at all, or more than most_bundles, is refused as "attestation.present".
Verdict verify_any(std::span<const std::string> bundles, std::span<const TrustedRoot> roots,
                   const Expectation& expected);

inline constexpr std::size_t most_bundles = 100;

}  // namespace packhouse::attest
