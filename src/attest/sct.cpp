#include "attest/sct.hpp"

#include <fmt/format.h>
#include <openssl/ct.h>
#include <openssl/err.h>

#include <algorithm>

#include "base/digest.hpp"
#include "base/text.hpp"

namespace packhouse::attest {
namespace {

constexpr int most_scts = 16;

using SctListPtr = std::unique_ptr<STACK_OF(SCT), OpensslFree<SCT_LIST_free>>;

std::string_view bytes(const unsigned char* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

void append_number(std::string& out, std::uint64_t value, int octets_of_it) {
  for (int shift = (octets_of_it - 1) * 8; shift >= 0; shift -= 8) {
    out += static_cast<char>(value >> static_cast<unsigned>(shift) & 0xFFU);
  }
}

// RFC 6962 section 3.2: the TBSCertificate without the SCTs, whose list was not known when they were made.
Result<std::string> precertificate(X509* leaf) {
  const CertificatePtr copy = allocated(CertificatePtr(X509_dup(leaf)));
  const int index = X509_get_ext_by_NID(copy.get(), NID_ct_precert_scts, -1);
  if (index >= 0) X509_EXTENSION_free(X509_delete_ext(copy.get(), index));
  unsigned char* der = nullptr;
  const int length = i2d_re_X509_tbs(copy.get(), &der);
  if (length <= 0) return Error{Errc::invalid_input, "a certificate that can not be encoded again"};
  std::string tbs(bytes(der, static_cast<std::size_t>(length)));
  OPENSSL_free(der);
  return tbs;
}

std::string issuer_key_hash(X509* issuer) {
  unsigned char* der = nullptr;
  const int length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(issuer), &der);
  if (length <= 0) throw std::bad_alloc();
  const auto hash = Sha256::of(bytes(der, static_cast<std::size_t>(length)));
  OPENSSL_free(der);
  return {hash.bytes().begin(), hash.bytes().end()};
}

// The digitally-signed struct of RFC 6962 section 3.2 for a precert_entry.
std::string signed_struct(const SCT* sct, std::string_view key_hash, std::string_view tbs) {
  unsigned char* data = nullptr;
  const auto size = SCT_get0_extensions(sct, &data);
  std::string out;
  append_number(out, 0, 1);  // v1
  append_number(out, 0, 1);  // certificate_timestamp
  append_number(out, SCT_get_timestamp(sct), 8);
  append_number(out, 1, 2);  // precert_entry
  out += key_hash;
  append_number(out, tbs.size(), 3);
  out += tbs;
  append_number(out, size, 2);
  out += bytes(data, size);
  return out;
}

Status check_sct(const SCT* sct, const TrustedLog& log, std::string_view key_hash, std::string_view tbs) {
  TRY(const KeyPtr key, parse_log_key(log.public_key));
  const auto made = SCT_get_timestamp(sct);
  constexpr std::uint64_t year_9999 = 253'402'300'799'000;
  const auto time = Timestamp(std::chrono::milliseconds(std::min(made, year_9999)));
  if (!log.valid_for.contains(time)) {
    return Error{Errc::invalid_input,
                 fmt::format("an SCT of {}, when {} was not in use", to_iso8601(time), quote(log.base_url))};
  }
  unsigned char* data = nullptr;
  const auto size = SCT_get0_signature(sct, &data);
  if (verifies(key.get(), signed_struct(sct, key_hash, tbs), bytes(data, size))) return success();
  return Error{Errc::invalid_input, fmt::format("an SCT that {} did not sign", quote(log.base_url))};
}

}  // namespace

Status check_scts(X509* leaf, X509* issuer, const std::vector<TrustedLog>& logs) {
  const SctListPtr scts(
      static_cast<STACK_OF(SCT)*>(X509_get_ext_d2i(leaf, NID_ct_precert_scts, nullptr, nullptr)));
  ERR_clear_error();
  const int count = scts == nullptr ? 0 : sk_SCT_num(scts.get());
  if (count == 0 || count > most_scts) {
    return Error{Errc::invalid_input, fmt::format("{} SCTs in the certificate", count)};
  }
  TRY(const auto tbs, precertificate(leaf));
  const auto key_hash = issuer_key_hash(issuer);
  bool seen = false;
  for (int i = 0; i < count; ++i) {
    const auto* sct = sk_SCT_value(scts.get(), i);
    unsigned char* data = nullptr;
    const auto size = SCT_get0_log_id(sct, &data);
    const auto log = std::ranges::find(logs, bytes(data, size), &TrustedLog::key_id);
    if (SCT_get_version(sct) != SCT_VERSION_V1 || log == logs.end()) continue;
    CHECK_OK(check_sct(sct, *log, key_hash, tbs));
    seen = true;
  }
  if (seen) return success();
  return Error{Errc::invalid_input, "SCTs of unknown logs only"};
}

}  // namespace packhouse::attest
