#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace packhouse::attest {

/// When a key was in use. Closed at both ends; no end means that it still is.
struct Validity {
  Timestamp start;
  std::optional<Timestamp> end = {};
  bool contains(Timestamp time) const noexcept { return start <= time && (!end || time <= *end); }
};

/// A certificate authority or a timestamp authority.
struct Authority {
  std::string uri;
  std::vector<std::string>
      chain;  ///< certificates in DER: the issuing (or signing) one first, the anchor last
  Validity valid_for;
};

/// A certificate transparency log or a signature transparency log.
struct TrustedLog {
  std::string base_url;
  std::string key_id;      ///< raw bytes: what entries and SCTs name the log by
  std::string public_key;  ///< SubjectPublicKeyInfo in DER
  Validity valid_for;
};

/// What an operator has pinned of one Sigstore instance: Sigstore's trusted_root.json, media type
/// application/vnd.dev.sigstore.trustedroot+json;version=0.1. A plain value: nothing in it is checked
/// against the clock or against another document.
///
/// An instance either keeps logs (the public-good one: Fulcio, a CT log and Rekor) or has none (GitHub's for
/// private repositories: Fulcio and a timestamp authority). A document with a log of one kind only is
/// refused, so that cutting one list out of it can not loosen what a bundle must show.
struct TrustedRoot {
  std::vector<Authority> certificate_authorities;
  std::vector<Authority> timestamp_authorities;
  std::vector<TrustedLog> ct_logs;
  std::vector<TrustedLog> transparency_logs;

  /// Whether a bundle under these authorities must show an SCT and a log entry.
  bool keeps_logs() const noexcept { return !transparency_logs.empty(); }

  /// At most max_bytes. Refuses another media type, a certificate that does not parse, a missing start of
  /// validity and a document without a certificate authority.
  static Result<TrustedRoot> parse(std::string_view json);

  static constexpr std::size_t max_bytes = 1U << 20U;
};

/// What `gh attestation trusted-root` prints: one document a line, one for each instance. A single document
/// over several lines is taken too. At most 16 documents.
Result<std::vector<TrustedRoot>> parse_trusted_roots(std::string_view text);

}  // namespace packhouse::attest
