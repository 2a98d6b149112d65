#include "attest/transparency.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <algorithm>

#include "attest/protojson.hpp"
#include "base/text.hpp"

namespace packhouse::attest {
namespace {

constexpr std::size_t longest_checkpoint = 64U << 10U;
constexpr std::size_t longest_log_body = 4U << 20U;

Error found(std::string message) {
  return {Errc::invalid_input, std::move(message)};
}

std::string raw(const Sha256& hash) {
  return {hash.bytes().begin(), hash.bytes().end()};
}

// RFC 6962 section 2.1: 0x01 in front of an inner node.
Sha256 inner_hash(std::string_view left, std::string_view right) {
  std::string node(1, '\x01');
  node += left;
  node += right;
  return Sha256::of(node);
}

// --- The checkpoint: a signed note (C2SP tlog-checkpoint and signed-note) ---

std::string_view host_of(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  return url.substr(0, url.find('/'));
}

// Rekor 1 writes "HOST - TREE_ID" on the first line, Rekor 2 the host alone.
bool is_origin_of(std::string_view line, std::string_view host) {
  return !host.empty() && line.starts_with(host) &&
         (line.size() == host.size() || line.substr(host.size()).starts_with(" - "));
}

// "— NAME BASE64(hint of 4 bytes, signature)". Lines of others, such as witnesses, are passed over.
std::optional<std::string> signature_by(const TrustedLog& log, std::string_view line) {
  constexpr std::size_t hint_size = 4;
  constexpr std::string_view dash = "\u2014 ";
  if (!line.starts_with(dash)) return std::nullopt;
  line.remove_prefix(dash.size());
  const auto blank = line.find(' ');
  if (blank == std::string_view::npos || line.substr(0, blank) != host_of(log.base_url)) return std::nullopt;
  const auto bytes = from_base64(line.substr(blank + 1));
  if (!bytes || bytes->size() <= hint_size || log.key_id.size() < hint_size) return std::nullopt;
  if (bytes->substr(0, hint_size) != log.key_id.substr(0, hint_size)) return std::nullopt;
  return bytes->substr(hint_size);
}

// --- The entry's body: that it is about this envelope and no other ---

Status same(std::string_view what, std::string_view expected, std::string_view value) {
  if (expected == value) return success();
  return found(fmt::format("a log entry of another {}", what));
}

Result<std::string> der_of_pem(std::string_view pem) {
  const BioPtr in = allocated(BioPtr(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))));
  const CertificatePtr certificate(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  if (certificate == nullptr) return found("a log entry whose verifier is no certificate");
  return to_der(certificate.get());
}

// dsse 0.0.1. Its envelopeHash is of the JSON that was submitted, which is not kept anywhere.
Status check_dsse(const json::Object& spec, const Bundle& bundle) {
  TRY(const auto hash, json::get_object(spec, "payloadHash", "spec"));
  TRY(const auto algorithm, json::get_string(hash, "algorithm", "spec.payloadHash"));
  TRY(const auto value, json::get_string(hash, "value", "spec.payloadHash"));
  TRY(const auto signatures, json::get_array(spec, "signatures", "spec"));
  if (signatures.size() != 1) return found(fmt::format("a log entry with {} signatures", signatures.size()));
  TRY(const auto signature, protojson::as_object(signatures.front(), "spec.signatures"));
  TRY(const auto bytes, protojson::get_bytes(signature, "signature", "spec.signatures", longest_log_body));
  TRY(const auto pem, protojson::get_bytes(signature, "verifier", "spec.signatures", longest_log_body));
  TRY(const auto certificate, der_of_pem(pem));
  CHECK_OK(same("digest algorithm", "sha256", algorithm));
  CHECK_OK(same("payload", Sha256::of(bundle.payload).hex(), value));
  CHECK_OK(same("signature", bundle.signature, bytes));
  return same("certificate", bundle.certificate, certificate);
}

// hashedrekord 0.0.2 (Rekor 2): the digest is of what the envelope's signature signs.
Status check_hashedrekord(const json::Object& spec, const Bundle& bundle) {
  constexpr std::string_view where = "spec.hashedRekordV002";
  TRY(const auto record, json::get_object(spec, "hashedRekordV002", "spec"));
  TRY(const auto data, json::get_object(record, "data", where));
  TRY(const auto algorithm, json::get_string(data, "algorithm", where));
  TRY(const auto digest, protojson::get_bytes(data, "digest", where, longest_log_body));
  TRY(const auto signature, json::get_object(record, "signature", where));
  TRY(const auto bytes, protojson::get_bytes(signature, "content", where, longest_log_body));
  TRY(const auto verifier, json::get_object(signature, "verifier", where));
  TRY(const auto x509, json::get_object(verifier, "x509Certificate", where));
  TRY(const auto certificate, protojson::get_bytes(x509, "rawBytes", where, longest_log_body));
  const auto signed_bytes = pre_authentication_encoding(bundle.payload_type, bundle.payload);
  CHECK_OK(same("digest algorithm", "SHA2_256", algorithm));
  CHECK_OK(same("payload", raw(Sha256::of(signed_bytes)), digest));
  CHECK_OK(same("signature", bundle.signature, bytes));
  return same("certificate", bundle.certificate, certificate);
}

Status check_body(const LogEntry& entry, const Bundle& bundle) {
  TRY(const auto value, json::parse(entry.body, longest_log_body));
  TRY(const auto body, protojson::as_object(value, "the log entry's body"));
  TRY(const auto kind, json::get_string(body, "kind", "body"));
  TRY(const auto version, json::get_string(body, "apiVersion", "body"));
  TRY(const auto spec, json::get_object(body, "spec", "body"));
  if (kind != entry.kind || version != entry.version) {
    return found(fmt::format("a log entry of {} {} that claims to be {} {}", quote(kind), quote(version),
                             quote(entry.kind), quote(entry.version)));
  }
  if (kind == "dsse" && version == "0.0.1") return check_dsse(spec, bundle);
  if (kind == "hashedrekord" && version == "0.0.2") return check_hashedrekord(spec, bundle);
  return found(fmt::format("a log entry of kind {} {}", quote(kind), quote(version)));
}

// Rekor 1's promise, over the canonical JSON (RFC 8785) of these four.
Result<std::optional<Timestamp>> check_promise(const LogEntry& entry, const TrustedLog& log) {
  if (entry.signed_entry_timestamp.empty()) return std::optional<Timestamp>();
  constexpr std::int64_t year_9999 = 253'402'300'799;
  if (entry.integrated_time <= 0 || entry.integrated_time > year_9999) {
    return found(fmt::format("an integrated time of {}", entry.integrated_time));
  }
  TRY(const KeyPtr key, parse_log_key(log.public_key));
  json::Object promise;
  promise["body"] = to_base64(entry.body);
  promise["integratedTime"] = entry.integrated_time;
  promise["logID"] = to_hex({octets(log.key_id), log.key_id.size()});
  promise["logIndex"] = entry.log_index;
  if (!verifies(key.get(), json::canonical(promise), entry.signed_entry_timestamp)) {
    return found(fmt::format("a signed entry timestamp that {} did not sign", quote(log.base_url)));
  }
  return std::optional(Timestamp(std::chrono::seconds(entry.integrated_time)));
}

}  // namespace

std::string pre_authentication_encoding(std::string_view payload_type, std::string_view payload) {
  return fmt::format("DSSEv1 {} {} {} {}", payload_type.size(), payload_type, payload.size(), payload);
}

Sha256 merkle_leaf_hash(std::string_view body) {
  std::string leaf(1, '\0');
  leaf += body;
  return Sha256::of(leaf);
}

bool is_included(const Sha256& leaf_hash, const InclusionProof& proof) {
  if (proof.log_index < 0 || proof.log_index >= proof.tree_size) return false;
  auto node = static_cast<std::uint64_t>(proof.log_index);
  auto last = static_cast<std::uint64_t>(proof.tree_size) - 1;
  auto hash = leaf_hash;
  for (const auto& sibling : proof.hashes) {
    if (last == 0) return false;
    if ((node & 1U) != 0 || node == last) {
      hash = inner_hash(sibling, raw(hash));
      while ((node & 1U) == 0 && node != 0) {
        node >>= 1U;
        last >>= 1U;
      }
    } else {
      hash = inner_hash(raw(hash), sibling);
    }
    node >>= 1U;
    last >>= 1U;
  }
  return last == 0 && raw(hash) == proof.root_hash;
}

Status check_checkpoint(const InclusionProof& proof, const TrustedLog& log) {
  const std::string_view note = proof.checkpoint;
  if (note.size() > longest_checkpoint) return found(fmt::format("a checkpoint of {} bytes", note.size()));
  const auto blank = note.rfind("\n\n");
  if (blank == std::string_view::npos) return found("a checkpoint without signatures");
  const auto text = note.substr(0, blank + 1);
  const auto lines = split(text, '\n');  // the last one is empty
  if (lines.size() < 4 || !is_origin_of(lines[0], host_of(log.base_url))) {
    return found(fmt::format("a checkpoint of {}, not of {}", quote(lines[0]), quote(log.base_url)));
  }
  if (parse_decimal(lines[1]) != static_cast<std::uint64_t>(proof.tree_size) ||
      from_base64(lines[2]) != proof.root_hash) {
    return found("a checkpoint of another tree than the inclusion proof's");
  }
  TRY(const KeyPtr key, parse_log_key(log.public_key));
  for (const auto line : split(note.substr(blank + 2), '\n')) {
    const auto signature = signature_by(log, line);
    if (signature && verifies(key.get(), text, *signature)) return success();
  }
  return found(fmt::format("a checkpoint that {} did not sign", quote(log.base_url)));
}

Result<LogProof> verify_log_entry(const LogEntry& entry, const Bundle& bundle,
                                  const std::vector<TrustedLog>& logs) {
  const auto log = std::ranges::find(logs, entry.log_id, &TrustedLog::key_id);
  if (log == logs.end()) return found("an entry of a log that the trusted root does not name");
  CHECK_OK(check_body(entry, bundle));
  if (!is_included(merkle_leaf_hash(entry.body), entry.proof)) {
    return found("an inclusion proof that does not lead to the tree's root");
  }
  CHECK_OK(check_checkpoint(entry.proof, *log));
  TRY(auto integrated, check_promise(entry, *log));
  return LogProof{.log = &*log,
                  .integrated = integrated,
                  .log_index = integrated ? entry.log_index : entry.proof.log_index};
}

}  // namespace packhouse::attest
