#include "attest/openssl.hpp"

#include <fmt/format.h>
#include <openssl/ec.h>
#include <openssl/err.h>

#include <array>
#include <cstring>
#include <ctime>

namespace packhouse::attest {
namespace {

// Below this (RSA-2048, SHA-256) no Sigstore instance signs; OpenSSL calls 112 bits of security level 2.
constexpr int least_security_level = 2;
constexpr int longest_chain = 8;

}  // namespace

std::string_view content(const ASN1_STRING* text) noexcept {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<std::size_t>(ASN1_STRING_length(text))};
}

std::string openssl_reason(std::string_view otherwise) {
  const auto code = ERR_peek_last_error();
  ERR_clear_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason == nullptr ? std::string(otherwise) : std::string(reason);
}

Result<CertificatePtr> parse_certificate(std::string_view der) {
  const auto* at = octets(der);
  CertificatePtr certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  if (certificate == nullptr) {
    return Error{Errc::invalid_input,
                 "expected an X.509 certificate, found " + openssl_reason("other bytes")};
  }
  if (at != octets(der) + der.size()) {
    return Error{Errc::invalid_input, "expected one X.509 certificate, found bytes after it"};
  }
  return certificate;
}

std::string to_der(X509* certificate) {
  const int length = i2d_X509(certificate, nullptr);
  if (length <= 0) throw std::runtime_error("i2d_X509: " + openssl_reason("failed"));
  std::string der(static_cast<std::size_t>(length), '\0');
  auto* out = reinterpret_cast<unsigned char*>(der.data());
  i2d_X509(certificate, &out);
  return der;
}

std::string quoted_name(const X509_NAME* name) {
  const BioPtr out = allocated(BioPtr(BIO_new(BIO_s_mem())));
  X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253);
  char* text = nullptr;
  const auto length = BIO_get_mem_data(out.get(), &text);
  return quote(std::string_view(text, length > 0 ? static_cast<std::size_t>(length) : 0));
}

Result<KeyPtr> parse_log_key(std::string_view spki) {
  const auto* at = octets(spki);
  KeyPtr key(d2i_PUBKEY(nullptr, &at, static_cast<long>(spki.size())));
  if (key == nullptr || at != octets(spki) + spki.size()) {
    return Error{Errc::invalid_input, "a log key that is no public key: " + openssl_reason("bytes after it")};
  }
  if (!is_p256(key.get()) && EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_ED25519) {
    return Error{Errc::invalid_input, "a log key that is neither ECDSA P-256 nor Ed25519"};
  }
  return key;
}

bool is_p256(const EVP_PKEY* key) noexcept {
  std::array<char, 32> group{};
  std::size_t length = 0;
  return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC &&
         EVP_PKEY_get_group_name(key, group.data(), group.size(), &length) == 1 &&
         std::string_view(group.data(), length) == SN_X9_62_prime256v1;
}

bool verifies(EVP_PKEY* key, std::string_view signed_bytes, std::string_view signature) {
  const DigestContextPtr context = allocated(DigestContextPtr(EVP_MD_CTX_new()));
  const EVP_MD* digest = EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519 ? nullptr : EVP_sha256();
  const bool good = EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key) == 1 &&
                    EVP_DigestVerify(context.get(), octets(signature), signature.size(), octets(signed_bytes),
                                     signed_bytes.size()) == 1;
  ERR_clear_error();
  return good;
}

Result<Timestamp> to_timestamp(const ASN1_TIME* time) {
  std::tm parts{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) {
    return Error{Errc::invalid_input, "expected a time, found " + openssl_reason("none")};
  }
  return Timestamp(std::chrono::seconds(timegm(&parts)));
}

StorePtr store_of(X509* anchor, const Timestamp* at) {
  StorePtr store = allocated(StorePtr(X509_STORE_new()));
  if (X509_STORE_add_cert(store.get(), anchor) != 1) throw std::bad_alloc();
  auto* parameters = X509_STORE_get0_param(store.get());
  unsigned long flags = X509_V_FLAG_PARTIAL_CHAIN;
  if (at == nullptr) {
    flags |= X509_V_FLAG_NO_CHECK_TIME;
  } else {
    X509_VERIFY_PARAM_set_time(parameters,
                               std::chrono::floor<std::chrono::seconds>(*at).time_since_epoch().count());
  }
  X509_VERIFY_PARAM_set_flags(parameters, flags);
  X509_VERIFY_PARAM_set_auth_level(parameters, least_security_level);
  X509_VERIFY_PARAM_set_depth(parameters, longest_chain);
  return store;
}

}  // namespace packhouse::attest
