#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"

namespace packhouse::attest {

/// That an entry is in a log of `tree_size` entries whose root a checkpoint signs (RFC 6962 section 2.1.1).
struct InclusionProof {
  std::int64_t log_index = 0;
  std::int64_t tree_size = 0;
  std::string root_hash;
  std::vector<std::string> hashes;
  std::string checkpoint;  ///< a signed note, as text
};

/// What a transparency log (Rekor) answered.
struct LogEntry {
  std::string kind;
  std::string version;
  std::string log_id;                  ///< raw bytes
  std::int64_t log_index = 0;          ///< over all shards; the proof has the one of its shard
  std::int64_t integrated_time = 0;    ///< seconds since 1970; 0 for a log without times (Rekor 2)
  std::string signed_entry_timestamp;  ///< empty if there is none
  InclusionProof proof;
  std::string body;
};

/// A Sigstore bundle around a DSSE envelope, as bytes: base64 is decoded, nothing is verified.
struct Bundle {
  std::string certificate;  ///< the leaf, DER
  std::string payload_type;
  std::string payload;
  std::string signature;
  std::vector<std::string> timestamps;  ///< RFC 3161 responses, DER
  std::vector<LogEntry> log_entries;

  /// Reads versions 0.3, 0.2 and 0.1 of application/vnd.dev.sigstore.bundle. Refuses a bundle that names a
  /// public key instead of holding a certificate, one that holds more certificates than the leaf, one
  /// around a bare message signature, and an envelope that has not exactly one signature.
  static Result<Bundle> parse(std::string_view json);
  /// Reads an attestation object of PEP 740 (version 1), which holds the same under other names.
  static Result<Bundle> from_attestation(const json::Value& attestation);

  static constexpr std::size_t max_bytes = 4U << 20U;
};

/// A Snappy block (no frames), as GitHub's `bundle_url` serves bundles. The length that the block declares is
/// compared with `max_bytes` before any memory is taken for it.
Result<std::string> unsnappy(std::string_view block, std::size_t max_bytes = Bundle::max_bytes);

}  // namespace packhouse::attest
