#pragma once

#include <vector>

#include "attest/openssl.hpp"
#include "attest/trusted_root.hpp"

namespace packhouse::attest {

/// The leaf was shown to a certificate transparency log before it was issued: its embedded SCTs (RFC 6962
/// section 3.3) hold at least one of a log in `logs`, and every one of such a log verifies over the
/// precertificate, made in the time when that log's key was in use. SCTs of other logs say nothing.
/// OpenSSL's own SCT_validate takes its logs from a file only, hence this one.
Status check_scts(X509* leaf, X509* issuer, const std::vector<TrustedLog>& logs);

}  // namespace packhouse::attest
