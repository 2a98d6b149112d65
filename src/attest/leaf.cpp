#include "attest/leaf.hpp"

#include <fmt/format.h>
#include <openssl/err.h>

#include "base/text.hpp"

namespace packhouse::attest {
namespace {

using GeneralNamesPtr = std::unique_ptr<GENERAL_NAMES, OpensslFree<GENERAL_NAMES_free>>;
using Utf8Ptr = std::unique_ptr<ASN1_UTF8STRING, OpensslFree<ASN1_UTF8STRING_free>>;

Error found(std::string message) {
  return {Errc::invalid_input, std::move(message)};
}

// An authority that is limited to other purposes may not issue for code signing, as Go's verifier has it.
bool allows_code_signing(X509* certificate) {
  const auto usage = X509_get_extended_key_usage(certificate);
  return usage == UINT32_MAX || (usage & (XKU_CODE_SIGN | XKU_ANYEKU)) != 0;
}

Result<std::string> read_extension(X509* leaf, int number) {
  constexpr std::string_view fulcio = "1.3.6.1.4.1.57264.1";
  constexpr std::size_t longest = 4096;
  const auto oid = fmt::format("{}.{}", fulcio, number);
  const ObjectPtr object = allocated(ObjectPtr(OBJ_txt2obj(oid.c_str(), 1)));
  const int index = X509_get_ext_by_OBJ(leaf, object.get(), -1);
  if (index < 0) return found(fmt::format("no extension {}", oid));
  if (X509_get_ext_by_OBJ(leaf, object.get(), index) >= 0)
    return found(fmt::format("two extensions {}", oid));

  const auto der = content(X509_EXTENSION_get_data(X509_get_ext(leaf, index)));
  const auto* at = octets(der);
  const Utf8Ptr text(d2i_ASN1_UTF8STRING(nullptr, &at, static_cast<long>(der.size())));
  ERR_clear_error();
  if (text == nullptr || at != octets(der) + der.size()) {
    return found(fmt::format("an extension {} that is no UTF8String", oid));
  }
  const auto value = content(text.get());
  if (value.empty() || value.size() > longest || !is_utf8(value) || value.contains('\0')) {
    return found(fmt::format("an extension {} of {}", oid, quote(value)));
  }
  return std::string(value);
}

// The identity proper. Fulcio writes one URI.
Result<std::string> read_subject_uri(X509* leaf) {
  const GeneralNamesPtr names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(leaf, NID_subject_alt_name, nullptr, nullptr)));
  ERR_clear_error();
  const int count = names == nullptr ? 0 : sk_GENERAL_NAME_num(names.get());
  if (count != 1) return found(fmt::format("{} subject alternative names", count));
  const auto* name = sk_GENERAL_NAME_value(names.get(), 0);
  if (name->type != GEN_URI) return found("a subject alternative name that is no URI");
  return std::string(content(name->d.uniformResourceIdentifier));
}

}  // namespace

Status check_leaf_usage(X509* leaf) {
  const auto* key = X509_get0_pubkey(leaf);
  if (key == nullptr || !is_p256(key)) {
    ERR_clear_error();
    return found("a key that is not ECDSA P-256");
  }
  if (X509_check_ca(leaf) != 0) return found("the certificate of an authority");
  const auto usage = X509_get_key_usage(leaf);
  if (usage == UINT32_MAX || (usage & KU_DIGITAL_SIGNATURE) == 0) {
    return found("a key usage without digitalSignature");
  }
  const auto extended = X509_get_extended_key_usage(leaf);
  if (extended == UINT32_MAX || (extended & XKU_CODE_SIGN) == 0) {
    return found("an extended key usage without code signing");
  }
  return success();
}

Result<CertificatePtr> issuer_under(X509* leaf, const Authority& authority, const Timestamp* at) {
  if (at != nullptr && !authority.valid_for.contains(*at)) {
    return found(fmt::format("{}, when {} was not in use", to_iso8601(*at), quote(authority.uri)));
  }
  CertificateStackPtr between = allocated(CertificateStackPtr(sk_X509_new_null()));
  CertificatePtr anchor;
  for (const auto& der : authority.chain) {
    if (anchor != nullptr && sk_X509_push(between.get(), anchor.release()) <= 0) throw std::bad_alloc();
    TRY(anchor, parse_certificate(der));
  }
  const StorePtr store = store_of(anchor.get(), at);
  const StoreContextPtr context = allocated(StoreContextPtr(X509_STORE_CTX_new()));
  if (X509_STORE_CTX_init(context.get(), store.get(), leaf, between.get()) != 1) throw std::bad_alloc();
  const bool good = X509_verify_cert(context.get()) == 1;
  ERR_clear_error();
  if (!good) {
    return found(fmt::format("{} (issuer {})",
                             X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get())),
                             quoted_name(X509_get_issuer_name(leaf))));
  }
  auto* chain = X509_STORE_CTX_get0_chain(context.get());
  if (sk_X509_num(chain) < 2) return found("a certificate that is itself the anchor");
  for (int i = 1; i < sk_X509_num(chain); ++i) {
    if (!allows_code_signing(sk_X509_value(chain, i)))
      return found("an authority that may not issue for code signing");
  }
  auto* issuer = sk_X509_value(chain, 1);
  X509_up_ref(issuer);
  return CertificatePtr(issuer);
}

Result<Signer> read_signer(X509* leaf) {
  Signer signer;
  TRY(signer.issuer, read_extension(leaf, 8));
  TRY(signer.signer_uri, read_extension(leaf, 9));
  TRY(signer.runner, read_extension(leaf, 11));
  TRY(signer.source_repository_uri, read_extension(leaf, 12));
  TRY(signer.source_commit, read_extension(leaf, 13));
  TRY(signer.source_ref, read_extension(leaf, 14));
  TRY(signer.source_repository_id, read_extension(leaf, 15));
  TRY(signer.build_config_uri, read_extension(leaf, 18));
  TRY(signer.build_config_commit, read_extension(leaf, 19));
  TRY(signer.event, read_extension(leaf, 20));
  TRY(signer.run_invocation_uri, read_extension(leaf, 21));
  TRY(const auto subject, read_subject_uri(leaf));
  if (subject != signer.signer_uri) {
    return found(
        fmt::format("the subject {} beside the signer {}", quote(subject), quote(signer.signer_uri)));
  }
  return signer;
}

}  // namespace packhouse::attest
