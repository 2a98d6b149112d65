#pragma once

#include <chrono>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "auth/authenticator.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "oidc/issuer_keys.hpp"
#include "oidc/publisher_rules.hpp"
#include "oidc/registered_claims.hpp"
#include "store/access_store.hpp"
#include "store/publisher_store.hpp"
#include "sys/clock.hpp"

namespace packhouse::oidc {

/// An issuer that this server believes.
struct TrustedIssuer {
  IssuerKind kind = IssuerKind::github;
  std::string name;  ///< as its tokens have it
  MakeClient make_client;
};

/// A short-lived token of a run.
struct MintedToken {
  Secret secret;
  Token token;
  Run run;
};

/// Why none was given: the codes are those that Warehouse sends, and clients show.
struct MintRefusal {
  std::string code;  ///< "invalid-payload", "invalid-token", "invalid-publisher", "invalid-reuse-token", …
  std::string description;
  int status = 422;
};

/// Exchanges identity tokens of CI jobs for tokens of the projects whose publishers they are: trusted
/// publishing, as the public index has it and PEP 807 describes it. Waits for the issuer when its keys are
/// not known. Thread-safe.
class TokenMint {
 public:
  /// The least that PEP 807 allows.
  static constexpr std::chrono::seconds life{900};

  TokenMint(std::string audience, std::vector<TrustedIssuer> issuers, PublisherStore& publishers,
            AccessStore& access, const Clock& clock, auth::Authenticator& authenticator);

  /// False where no issuer is believed.
  bool enabled() const noexcept { return !issuers_.empty(); }
  const std::string& audience() const noexcept { return audience_; }

  /// `address`: of the peer, for the ledger.
  std::expected<MintedToken, MintRefusal> mint(std::string_view identity, std::string_view address);

 private:
  struct Believed {
    TrustedIssuer issuer;
    std::unique_ptr<IssuerKeys> keys;
  };
  struct Identity {
    const Believed* believed;
    IdentityToken token;
    RegisteredClaims registered;
  };
  using Refused = std::unexpected<MintRefusal>;

  std::expected<Identity, MintRefusal> verify(std::string_view text) const;
  std::expected<std::vector<Publisher>, MintRefusal> find_publishers(const Identity& identity) const;
  std::expected<MintedToken, MintRefusal> issue(const Identity& identity,
                                                const std::vector<Publisher>& publishers,
                                                std::string_view address);

  const std::string audience_;
  std::vector<Believed> issuers_;
  PublisherStore& publishers_;
  AccessStore& access_;
  const Clock& clock_;
  auth::Authenticator& authenticator_;
};

}  // namespace packhouse::oidc
