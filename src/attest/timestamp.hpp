#pragma once

#include <string_view>
#include <vector>

#include "attest/openssl.hpp"
#include "attest/trusted_root.hpp"

namespace packhouse::attest {

/// The time that an RFC 3161 response (DER) signs for, if one of `authorities` made it over `stamped`:
/// the imprint is SHA-256 of it, the token's one signature verifies by the authority's certificate (with
/// the extended key usage of RFC 3161 section 2.3), and the authority and its chain were valid at that time.
Result<Timestamp> verify_timestamp(std::string_view response, std::string_view stamped,
                                   const std::vector<Authority>& authorities);

}  // namespace packhouse::attest
