#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "attest/bundle.hpp"
#include "attest/expectation.hpp"
#include "attest/signer.hpp"
#include "attest/trusted_root.hpp"
#include "base/time.hpp"

// Whether a file was built by one attempt of one workflow run: GitHub artifact attestations, verified without
// the network. Pure functions, safe to call from any thread. No clock is asked: a signature counts at the
// time that a timestamp authority or a log signed for, never at the time that a bundle claims or that it is
// now.
namespace packhouse::attest {

/// One named thing that was looked at. `found` holds outside bytes only in quotes.
struct AttestationCheck {
  std::string id;  ///< "attestation.signature", …: stable, for policies and evidence
  bool passed = false;
  std::string expected;
  std::string found;
  bool operator==(const AttestationCheck&) const = default;
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

/// Verifies one bundle under the instance that its certificate chains to. The trusted root says what that
/// instance needs, not the bundle:
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
