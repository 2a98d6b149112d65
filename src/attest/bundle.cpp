#include "attest/bundle.hpp"

#include <fmt/format.h>
#include <snappy-c.h>

#include <algorithm>
#include <array>

#include "attest/protojson.hpp"

namespace packhouse::attest {
namespace {

constexpr std::size_t largest_certificate = 16U << 10U;
constexpr std::size_t largest_signature = 1U << 10U;
constexpr std::size_t largest_timestamp = 64U << 10U;
constexpr std::size_t most_timestamps = 16;
constexpr std::size_t most_log_entries = 8;
constexpr std::size_t longest_proof = 64;  // a tree of 2^63 entries has no longer path

Status check_media_type(const json::Object& bundle) {
  constexpr std::array<std::string_view, 4> known = {"application/vnd.dev.sigstore.bundle.v0.3+json",
                                                     "application/vnd.dev.sigstore.bundle+json;version=0.3",
                                                     "application/vnd.dev.sigstore.bundle+json;version=0.2",
                                                     "application/vnd.dev.sigstore.bundle+json;version=0.1"};
  TRY(const auto type, json::get_string(bundle, "mediaType", "bundle"));
  if (std::ranges::find(known, type) != known.end()) return success();
  return Error{Errc::invalid_input,
               fmt::format("expected a bundle of media type {}, found {}", known.front(), quote(type))};
}

// Certificates beside the leaf are not wanted: what is trusted comes from the trusted root alone.
Result<std::string> read_certificate(const json::Object& material) {
  constexpr std::string_view where = "verificationMaterial";
  if (protojson::has(material, "certificate")) {
    TRY(const auto certificate, json::get_object(material, "certificate", where));
    return protojson::get_bytes(certificate, "rawBytes", "certificate", largest_certificate);
  }
  if (!protojson::has(material, "x509CertificateChain")) {
    return Error{Errc::invalid_input, "expected verificationMaterial.certificate, found none",
                 "a bundle that was signed with a bare key can not be tied to a workflow run"};
  }
  TRY(const auto chain, json::get_object(material, "x509CertificateChain", where));
  TRY(const auto certificates, json::get_array(chain, "certificates", "x509CertificateChain"));
  if (certificates.size() != 1) {
    return Error{
        Errc::invalid_input,
        fmt::format("expected one certificate in x509CertificateChain, found {}", certificates.size())};
  }
  TRY(const auto leaf, protojson::as_object(certificates.front(), "x509CertificateChain.certificates"));
  return protojson::get_bytes(leaf, "rawBytes", "x509CertificateChain.certificates", largest_certificate);
}

Result<std::vector<std::string>> read_timestamps(const json::Object& material) {
  std::vector<std::string> timestamps;
  if (!protojson::has(material, "timestampVerificationData")) return timestamps;
  constexpr std::string_view where = "timestampVerificationData";
  TRY(const auto data, json::get_object(material, where, "verificationMaterial"));
  TRY(const auto list, protojson::get_list(data, "rfc3161Timestamps", where, most_timestamps));
  for (const auto& element : list) {
    TRY(const auto timestamp, protojson::as_object(element, where));
    TRY(auto der, protojson::get_bytes(timestamp, "signedTimestamp", where, largest_timestamp));
    timestamps.push_back(std::move(der));
  }
  return timestamps;
}

Result<InclusionProof> read_proof(const json::Object& entry) {
  constexpr std::size_t hash_size = 32;
  constexpr std::string_view where = "inclusionProof";
  InclusionProof proof;
  TRY(const auto object, json::get_object(entry, where, "tlogEntries"));
  // protobuf leaves a zero out: the first entry of a log has index 0.
  if (protojson::has(object, "logIndex")) {
    TRY(proof.log_index, protojson::get_int64(object, "logIndex", where));
  }
  TRY(proof.tree_size, protojson::get_int64(object, "treeSize", where));
  TRY(proof.root_hash, protojson::get_bytes(object, "rootHash", where, hash_size));
  TRY(const auto hashes, protojson::get_list(object, "hashes", where, longest_proof));
  for (const auto& element : hashes) {
    json::Object holder;
    holder["hash"] = element;
    TRY(auto hash, protojson::get_bytes(holder, "hash", "inclusionProof.hashes", hash_size));
    proof.hashes.push_back(std::move(hash));
  }
  TRY(const auto checkpoint, json::get_object(object, "checkpoint", where));
  TRY(proof.checkpoint, json::get_string(checkpoint, "envelope", "inclusionProof.checkpoint"));
  return proof;
}

Result<LogEntry> read_log_entry(const json::Value& value) {
  constexpr std::size_t largest_id = 64;
  constexpr std::string_view where = "tlogEntries";
  TRY(const auto object, protojson::as_object(value, where));
  TRY(const auto kind, json::get_object(object, "kindVersion", where));
  TRY(const auto id, json::get_object(object, "logId", where));
  LogEntry entry;
  TRY(entry.kind, json::get_string(kind, "kind", "kindVersion"));
  TRY(entry.version, json::get_string(kind, "version", "kindVersion"));
  TRY(entry.log_id, protojson::get_bytes(id, "keyId", "logId", largest_id));
  if (protojson::has(object, "logIndex")) {
    TRY(entry.log_index, protojson::get_int64(object, "logIndex", where));
  }
  if (protojson::has(object, "integratedTime")) {
    TRY(entry.integrated_time, protojson::get_int64(object, "integratedTime", where));
  }
  if (protojson::has(object, "inclusionPromise")) {
    TRY(const auto promise, json::get_object(object, "inclusionPromise", where));
    TRY(entry.signed_entry_timestamp,
        protojson::get_bytes(promise, "signedEntryTimestamp", "inclusionPromise", largest_signature));
  }
  TRY(entry.proof, read_proof(object));
  TRY(entry.body, protojson::get_bytes(object, "canonicalizedBody", where, Bundle::max_bytes));
  return entry;
}

Status read_log_entries(const json::Object& material, std::string_view key, std::string_view where,
                        Bundle& bundle) {
  TRY(const auto entries, protojson::get_list(material, key, where, most_log_entries));
  for (const auto& element : entries) {
    TRY(auto entry, read_log_entry(element));
    bundle.log_entries.push_back(std::move(entry));
  }
  return success();
}

Status read_material(const json::Object& object, Bundle& bundle) {
  constexpr std::string_view where = "verificationMaterial";
  TRY(const auto material, json::get_object(object, where, "bundle"));
  TRY(bundle.certificate, read_certificate(material));
  TRY(bundle.timestamps, read_timestamps(material));
  return read_log_entries(material, "tlogEntries", where, bundle);
}

/// "timestamps": base64 of RFC 3161 responses, which the Rekor 2 fixtures of the reference implementation
/// have.
Result<std::vector<std::string>> read_plain_timestamps(const json::Object& material) {
  constexpr std::string_view where = "verification_material.timestamps";
  std::vector<std::string> timestamps;
  TRY(const auto list, protojson::get_list(material, "timestamps", where, most_timestamps));
  for (const auto& element : list) {
    TRY(auto der, protojson::get_bytes({{"timestamp", element}}, "timestamp", where, largest_timestamp));
    timestamps.push_back(std::move(der));
  }
  return timestamps;
}

Status read_envelope(const json::Object& object, Bundle& bundle) {
  constexpr std::string_view where = "dsseEnvelope";
  TRY(const auto envelope, json::get_object(object, where, "bundle"));
  TRY(bundle.payload_type, json::get_string(envelope, "payloadType", where));
  TRY(bundle.payload, protojson::get_bytes(envelope, "payload", where, Bundle::max_bytes));
  TRY(const auto signatures, json::get_array(envelope, "signatures", where));
  if (signatures.size() != 1) {
    return Error{Errc::invalid_input,
                 fmt::format("expected exactly one signature in the envelope, found {}", signatures.size())};
  }
  TRY(const auto signature, protojson::as_object(signatures.front(), "dsseEnvelope.signatures"));
  TRY(bundle.signature, protojson::get_bytes(signature, "sig", "dsseEnvelope.signatures", largest_signature));
  return success();
}

}  // namespace

Result<Bundle> Bundle::parse(std::string_view text) {
  TRY(const auto value, json::parse(text, max_bytes));
  TRY(const auto object, protojson::as_object(value, "the bundle"));
  CHECK_OK(check_media_type(object));
  Bundle bundle;
  CHECK_OK(read_material(object, bundle));
  CHECK_OK(read_envelope(object, bundle));
  return bundle;
}

Result<Bundle> Bundle::from_attestation(const json::Value& attestation) {
  constexpr std::string_view where = "verification_material";
  TRY(const auto object, protojson::as_object(attestation, "the attestation"));
  TRY(const auto version, json::get_int(object, "version", "attestation"));
  if (version != 1)
    return Error{Errc::invalid_input, fmt::format("expected an attestation of version 1, found {}", version)};
  TRY(const auto material, json::get_object(object, where, "attestation"));
  TRY(const auto envelope, json::get_object(object, "envelope", "attestation"));
  Bundle bundle;
  TRY(bundle.certificate, protojson::get_bytes(material, "certificate", where, largest_certificate));
  TRY(bundle.timestamps, read_plain_timestamps(material));
  CHECK_OK(read_log_entries(material, "transparency_entries", where, bundle));
  bundle.payload_type = "application/vnd.in-toto+json";  // PEP 740 knows no other
  TRY(bundle.payload, protojson::get_bytes(envelope, "statement", "envelope", max_bytes));
  TRY(bundle.signature, protojson::get_bytes(envelope, "signature", "envelope", largest_signature));
  return bundle;
}

Result<std::string> unsnappy(std::string_view block, std::size_t max_bytes) {
  std::size_t length = 0;
  if (snappy_uncompressed_length(block.data(), block.size(), &length) != SNAPPY_OK) {
    return Error{Errc::invalid_input, "expected a Snappy block, found none"};
  }
  if (length > max_bytes) {
    return Error{
        Errc::too_large,
        fmt::format("expected at most {} bytes in the Snappy block, found a claim of {}", max_bytes, length)};
  }
  // Validated first: a block of a few bytes may claim max_bytes, and then no memory is filled for it.
  if (snappy_validate_compressed_buffer(block.data(), block.size()) != SNAPPY_OK) {
    return Error{Errc::invalid_input,
                 fmt::format("expected a Snappy block of {} bytes, found a broken one", length)};
  }
  std::string bytes(length, '\0');
  if (snappy_uncompress(block.data(), block.size(), bytes.data(), &length) != SNAPPY_OK) {
    return Error{Errc::invalid_input, "expected a Snappy block, found a broken one"};
  }
  return bytes;
}

}  // namespace packhouse::attest
