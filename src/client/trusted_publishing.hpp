#pragma once

#include <functional>
#include <map>
#include <string>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "http/client.hpp"
#include "http/url.hpp"

namespace packhouse::client {

/// What a CI gives a job so that it can prove which run it is.
struct AmbientIdentity {
  /// GitHub's and Forgejo's ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN: where an
  /// identity token is had, and what opens that address.
  Secret request_url = {};
  Secret request_token = {};
  /// GitLab's: by the variables of the job's `id_tokens`, AUDIENCE_ID_TOKEN.
  std::map<std::string, Secret> tokens = {};

  bool empty() const noexcept { return request_url.empty() && tokens.empty(); }
};

/// The variable in which a GitLab job has its identity token for an audience:
/// "PACKAGES_EXAMPLE_ORG_ID_TOKEN".
std::string id_token_variable(std::string_view audience);

/// A short-lived token of the index at that upload address, for the run that this job is of: trusted
/// publishing. Asks the index for its audience, the CI for an identity token, and the index again, at the
/// addresses that uv and the public index's action use. Each secret goes to `learn` before it is sent
/// anywhere. unauthenticated where the index believes no issuer or refuses the run, in its own words;
/// `unavailable` for what answers otherwise; forbidden for plain http to another machine.
Result<Secret> exchange_identity(http::Client& client, const http::Url& upload,
                                 const AmbientIdentity& identity,
                                 const std::function<void(const Secret&)>& learn);

}  // namespace packhouse::client
