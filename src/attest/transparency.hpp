#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "attest/bundle.hpp"
#include "attest/openssl.hpp"
#include "attest/trusted_root.hpp"
#include "base/digest.hpp"

// Private to attest: Rekor, versions 1 and 2.
namespace packhouse::attest {

/// What a log entry that verifies proves.
struct LogProof {
  const TrustedLog* log = nullptr;      ///< borrowed from the list that was passed in
  std::optional<Timestamp> integrated;  ///< when a signed entry timestamp vouches for the time, else none
  std::int64_t log_index = 0;           ///< what the signed entry timestamp says, else what the proof is for
};

/// The entry is about `bundle` (its payload, signature and certificate), and one of `logs` has it: its proof
/// leads to a root that the log's checkpoint signs, and the signed entry timestamp, if there is one,
/// verifies. Whether the log's key was in use is left to the caller, who knows the verified times.
Result<LogProof> verify_log_entry(const LogEntry& entry, const Bundle& bundle,
                                  const std::vector<TrustedLog>& logs);

/// DSSE's pre-authentication encoding: what is signed.
std::string pre_authentication_encoding(std::string_view payload_type, std::string_view payload);

// The parts, for their own tests.

/// RFC 9162 section 2.1.3.2.
bool is_included(const Sha256& leaf_hash, const InclusionProof& proof);
/// RFC 6962 section 2.1: 0x00 in front of a leaf.
Sha256 merkle_leaf_hash(std::string_view body);
/// The signed note of `proof` is of its tree size and root, and `log` signed it under its own name.
Status check_checkpoint(const InclusionProof& proof, const TrustedLog& log);

}  // namespace packhouse::attest
