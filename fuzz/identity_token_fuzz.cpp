// Identity tokens of CI jobs and the keys of their issuers: no token is verified that no key signed, and the
// claims that are taken have a bounded life.
//
// The first line is a token, the rest a JWK Set. No input holds a signature of a key: whoever could make one
// would have broken the key.
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "oidc/identity_token.hpp"
#include "oidc/key_set.hpp"
#include "oidc/publisher_rules.hpp"
#include "oidc/registered_claims.hpp"

using packhouse::Timestamp;
namespace oidc = packhouse::oidc;

namespace {

constexpr Timestamp now{std::chrono::seconds{1'763'000'000}};

void require(bool holds) {
  if (!holds) std::abort();
}

void check_claims(const oidc::IdentityToken& token) {
  const auto taken = oidc::check_registered(
      token.claims, {.issuer = "https://issuer.example.org", .audience = "packages.example.org"}, now);
  if (taken.ok()) {
    require(taken->acceptable_until > now);
    require(taken->acceptable_until <= now + oidc::longest_life + oidc::clock_window);
    require(!taken->token_id.empty());
  }
  for (const auto kind : {packhouse::IssuerKind::github, packhouse::IssuerKind::gitlab,
                          packhouse::IssuerKind::forgejo, packhouse::IssuerKind::other}) {
    packhouse::Publisher publisher{.kind = kind, .issuer = "https://issuer.example.org"};
    publisher.conditions = {.repository = "lab/nqctl", .workflow = "publish.yml"};
    static_cast<void>(oidc::check_conditions(publisher, token.claims));
    static_cast<void>(oidc::run_of(kind, token.claims).str());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t line = input.find('\n');
  const auto token = oidc::parse_identity_token(input.substr(0, line));
  if (token.ok()) {
    require(token->signed_text.size() < oidc::max_identity_token);
    check_claims(*token);
  }
  if (line == std::string_view::npos) return 0;
  const auto keys = oidc::KeySet::parse(input.substr(line + 1));
  if (token.ok() && keys.ok()) require(!keys->verify(*token).ok());
  return 0;
}
