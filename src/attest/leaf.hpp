#pragma once

#include <optional>
#include <string>

#include "attest/openssl.hpp"
#include "attest/signer.hpp"
#include "attest/trusted_root.hpp"
#include "base/result.hpp"

// Private to attest: the signing certificate.
namespace packhouse::attest {

/// It may sign code and nothing above that: an ECDSA P-256 key, key usage digitalSignature, extended key
/// usage code signing, not a certificate authority. The error's message says what was found instead.
Status check_leaf_usage(X509* leaf);

/// The certificate that issued `leaf`, if `authority` leads from its anchor to it. With `at`, every
/// certificate on the way and the authority itself must be valid then.
Result<CertificatePtr> issuer_under(X509* leaf, const Authority& authority, const Timestamp* at);

/// Fulcio's extensions. Each must be there exactly once, as DER UTF8String.
Result<Signer> read_signer(X509* leaf);

}  // namespace packhouse::attest
