#include "attest/timestamp.hpp"

#include <fmt/format.h>
#include <openssl/err.h>

#include "base/digest.hpp"
#include "base/text.hpp"

namespace packhouse::attest {
namespace {

Error found(std::string message) {
  return {Errc::invalid_input, std::move(message)};
}

Result<TimestampResponsePtr> parse_response(std::string_view der) {
  const auto* at = octets(der);
  TimestampResponsePtr response(d2i_TS_RESP(nullptr, &at, static_cast<long>(der.size())));
  if (response == nullptr) return found("no RFC 3161 response: " + openssl_reason("other bytes"));
  if (at != octets(der) + der.size()) return found("bytes after the RFC 3161 response");
  const auto status = ASN1_INTEGER_get(TS_STATUS_INFO_get0_status(TS_RESP_get_status_info(response.get())));
  const bool granted = status == TS_STATUS_GRANTED || status == TS_STATUS_GRANTED_WITH_MODS;
  if (!granted || TS_RESP_get_token(response.get()) == nullptr ||
      TS_RESP_get_tst_info(response.get()) == nullptr) {
    return found("an RFC 3161 response without a token");
  }
  return response;
}

Status check_imprint(TS_TST_INFO* info, std::string_view stamped) {
  auto* imprint = TS_TST_INFO_get_msg_imprint(info);
  const ASN1_OBJECT* algorithm = nullptr;
  X509_ALGOR_get0(&algorithm, nullptr, nullptr, TS_MSG_IMPRINT_get_algo(imprint));
  if (OBJ_obj2nid(algorithm) != NID_sha256) return found("a timestamp whose imprint is not SHA-256");
  const auto expected = Sha256::of(stamped);
  const auto text = content(TS_MSG_IMPRINT_get_msg(imprint));
  if (std::string_view(reinterpret_cast<const char*>(expected.bytes().data()), Sha256::size) == text) {
    return success();
  }
  return found("a timestamp of other bytes than the signature");
}

// The response may bring the authority's certificate or not; in either case it is the one of the trusted
// root, unless that names the issuer alone.
Status check_signature(PKCS7* token, const Authority& authority, Timestamp time) {
  CertificateStackPtr certificates = allocated(CertificateStackPtr(sk_X509_new_null()));
  X509* anchor = nullptr;
  for (const auto& der : authority.chain) {
    TRY(auto certificate, parse_certificate(der));
    anchor = certificate.get();
    if (sk_X509_push(certificates.get(), certificate.release()) <= 0) throw std::bad_alloc();
  }
  const StorePtr store = store_of(anchor, &time);
  X509* borrowed = nullptr;
  const bool good = TS_RESP_verify_signature(token, certificates.get(), store.get(), &borrowed) == 1;
  const CertificatePtr signer(borrowed);
  if (!good) return found("a timestamp that does not verify: " + openssl_reason("no reason given"));
  auto* first = sk_X509_value(certificates.get(), 0);
  if (X509_check_ca(first) == 0 && X509_cmp(first, signer.get()) != 0) {
    return found("a timestamp of another signer under the authority's anchor");
  }
  return success();
}

}  // namespace

Result<Timestamp> verify_timestamp(std::string_view der, std::string_view stamped,
                                   const std::vector<Authority>& authorities) {
  TRY(const auto response, parse_response(der));
  auto* info = TS_RESP_get_tst_info(response.get());
  if (TS_TST_INFO_get_version(info) != 1) return found("a timestamp of another version than 1");
  CHECK_OK(check_imprint(info, stamped));
  TRY(const auto time, to_timestamp(TS_TST_INFO_get_time(info)));
  auto why = found(fmt::format(
      "a timestamp of {}, when no timestamp authority of the trusted root was in use", to_iso8601(time)));
  for (const auto& authority : authorities) {
    if (!authority.valid_for.contains(time)) continue;
    auto status = check_signature(TS_RESP_get_token(response.get()), authority, time);
    if (status.ok()) return time;
    why = std::move(status).error();
  }
  return why;
}

}  // namespace packhouse::attest
