#pragma once

#include <openssl/evp.h>
#include <openssl/pkcs7.h>
#include <openssl/ts.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"

// Private to attest: OpenSSL's objects with owners, and its answers as Results.
namespace packhouse::attest {

template <auto free_function>
struct OpensslFree {
  template <typename T>
  void operator()(T* object) const noexcept {
    free_function(object);
  }
};

/// For a stack that does not own what is on it.
inline void free_borrowing_stack(STACK_OF(X509) * stack) {
  sk_X509_free(stack);
}
inline void free_owning_stack(STACK_OF(X509) * stack) {
  sk_X509_pop_free(stack, X509_free);
}

using BioPtr = std::unique_ptr<BIO, OpensslFree<BIO_free_all>>;
using CertificatePtr = std::unique_ptr<X509, OpensslFree<X509_free>>;
using CertificateStackPtr = std::unique_ptr<STACK_OF(X509), OpensslFree<free_owning_stack>>;
using BorrowedStackPtr = std::unique_ptr<STACK_OF(X509), OpensslFree<free_borrowing_stack>>;
using DigestContextPtr = std::unique_ptr<EVP_MD_CTX, OpensslFree<EVP_MD_CTX_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, OpensslFree<EVP_PKEY_free>>;
using ObjectPtr = std::unique_ptr<ASN1_OBJECT, OpensslFree<ASN1_OBJECT_free>>;
using StoreContextPtr = std::unique_ptr<X509_STORE_CTX, OpensslFree<X509_STORE_CTX_free>>;
using StorePtr = std::unique_ptr<X509_STORE, OpensslFree<X509_STORE_free>>;
using TimestampResponsePtr = std::unique_ptr<TS_RESP, OpensslFree<TS_RESP_free>>;

/// OpenSSL takes bytes as unsigned char and lengths as int or long.
inline const unsigned char* octets(std::string_view bytes) noexcept {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
std::string_view content(const ASN1_STRING* text) noexcept;

/// `pointer`, or throws std::bad_alloc: OpenSSL's constructors fail for want of memory alone.
template <typename Ptr>
Ptr allocated(Ptr pointer) {
  if (pointer == nullptr) throw std::bad_alloc();
  return pointer;
}

/// The newest reason in OpenSSL's error queue of this thread, which is emptied; `otherwise` if there is none.
std::string openssl_reason(std::string_view otherwise);

/// DER, one certificate and nothing after it.
Result<CertificatePtr> parse_certificate(std::string_view der);
/// The certificate's DER as it was read.
std::string to_der(X509* certificate);
/// "CN=…,O=…", for messages, quoted.
std::string quoted_name(const X509_NAME* name);

/// DER SubjectPublicKeyInfo, an ECDSA P-256 or an Ed25519 key: what Sigstore's logs sign with.
Result<KeyPtr> parse_log_key(std::string_view spki);
bool is_p256(const EVP_PKEY* key) noexcept;
/// ECDSA over SHA-256, or Ed25519, by the key's type.
bool verifies(EVP_PKEY* key, std::string_view signed_bytes, std::string_view signature);

Result<Timestamp> to_timestamp(const ASN1_TIME* time);

/// A store whose one anchor is `anchor`. It is an anchor also when another authority issued it: the trusted
/// root names it. With `at`, the chain must be valid then; without, validity is not looked at.
StorePtr store_of(X509* anchor, const Timestamp* at);

}  // namespace packhouse::attest
