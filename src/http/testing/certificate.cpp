#include "http/testing/certificate.hpp"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <stdexcept>

namespace packhouse::http {
namespace {

constexpr long seconds_of_life = 3600;

struct Free {
  void operator()(X509* certificate) const { ::X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { ::EVP_PKEY_free(key); }
  void operator()(BIO* bio) const { ::BIO_free(bio); }
  void operator()(X509_EXTENSION* extension) const { ::X509_EXTENSION_free(extension); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

void require(bool sound) {
  if (!sound) throw std::runtime_error("OpenSSL made no certificate");
}

template <typename Write>
std::string pem(const Write& write) {
  const Owned<BIO> bio{::BIO_new(::BIO_s_mem())};
  require(write(bio.get()) == 1);
  const char* bytes = nullptr;
  const auto size = ::BIO_get_mem_data(bio.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

void add_extension(X509* certificate, int kind, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  ::X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const Owned<X509_EXTENSION> extension{::X509V3_EXT_conf_nid(nullptr, &context, kind, value)};
  require(extension && ::X509_add_ext(certificate, extension.get(), -1) == 1);
}

}  // namespace

TestCertificate TestCertificate::make(const std::string& name) {
  const Owned<EVP_PKEY> key{EVP_EC_gen("P-256")};
  const Owned<X509> certificate{::X509_new()};
  require(key && certificate);
  ::X509_set_version(certificate.get(), X509_VERSION_3);
  ::ASN1_INTEGER_set(::X509_get_serialNumber(certificate.get()), 1);
  ::X509_gmtime_adj(::X509_getm_notBefore(certificate.get()), -seconds_of_life);
  ::X509_gmtime_adj(::X509_getm_notAfter(certificate.get()), seconds_of_life);
  auto* const subject = ::X509_get_subject_name(certificate.get());
  ::X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  ::X509_set_issuer_name(certificate.get(), subject);
  ::X509_set_pubkey(certificate.get(), key.get());
  add_extension(certificate.get(), NID_subject_alt_name, "IP:127.0.0.1,DNS:localhost");
  add_extension(certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
  require(::X509_sign(certificate.get(), key.get(), ::EVP_sha256()) > 0);
  return {.certificate = pem([&](BIO* bio) { return ::PEM_write_bio_X509(bio, certificate.get()); }),
          .key = pem([&](BIO* bio) {
            return ::PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
          })};
}

}  // namespace packhouse::http
