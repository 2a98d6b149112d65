#pragma once

#include <vector>

#include "config/trusted_issuers.hpp"
#include "oidc/token_mint.hpp"

namespace packhouse::app {

/// How the configured issuers are asked for their keys. Other hosts that they name have to be public ones.
std::vector<oidc::TrustedIssuer> open_issuers(const TrustedPublishing& settings);

}  // namespace packhouse::app
