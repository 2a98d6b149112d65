#pragma once

#include <string_view>

#include "base/digest.hpp"
#include "base/secret.hpp"

namespace packhouse {

/// HMAC-SHA256 (RFC 2104). The key may have any bytes.
Sha256 hmac_sha256(const Secret& key, std::string_view message);

}  // namespace packhouse
