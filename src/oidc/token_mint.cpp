#include "oidc/token_mint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "auth/credential.hpp"
#include "base/control_characters.hpp"
#include "base/text.hpp"

namespace packhouse::oidc {
namespace {

constexpr std::size_t max_label = 200;  // bytes

std::unexpected<MintRefusal> refusal(std::string_view code, const Error& error) {
  const int status = error.code == Errc::unavailable ? 503 : 422;
  return std::unexpected(
      MintRefusal{.code = std::string(code), .description = error.message, .status = status});
}

Permissions all_of(const std::vector<Publisher>& publishers) {
  Permissions all;
  for (const auto& publisher : publishers) {
    if (publisher.reads_index) all.add(Permission::read);
    for (const auto permission : all_permissions())
      if (publisher.permissions.names(permission)) all.add(permission);
  }
  return all;
}

json::Object detail_of(const Minting& minting, const Run& run) {
  json::Array publishers;
  for (const auto id : minting.publishers)
    publishers.emplace_back(id);
  return {{"publishers", std::move(publishers)},
          {"issuer", minting.issuer},
          {"token_id", minting.token_id},
          {"claims", run.to_json()},
          {"permissions", minting.token.permissions.str()},
          {"expires", to_iso8601(*minting.token.expires)}};
}

/// For a token that fits no publisher: what the publishers of its own repository asked for. Of those of other
/// repositories nothing is told to whoever can get a token of theirs.
Error no_publisher(const Run& run, const std::vector<std::string>& reasons) {
  if (!reasons.empty()) return {Errc::refused, fmt::format("{}: {}", run.str(), join(reasons, "; "))};
  return {Errc::refused, fmt::format("no project has a publisher for {}", run.str())};
}

/// For people: claims are the issuer's words, and may hold what no terminal should be sent.
std::string label_of(const Run& run) {
  auto label = run.str();
  return label.size() <= max_label && is_plain_line(label) ? label : quote(label, max_label);
}

bool concerns(const Publisher& publisher, const Run& run) {
  if (publisher.kind == IssuerKind::other) return publisher.conditions.claims.at("sub") == run.subject;
  return ascii_lower(publisher.conditions.repository) == ascii_lower(run.repository);
}

}  // namespace

TokenMint::TokenMint(std::string audience, std::vector<TrustedIssuer> issuers, PublisherStore& publishers,
                     AccessStore& access, const Clock& clock, auth::Authenticator& authenticator)
    : audience_(std::move(audience)),
      publishers_(publishers),
      access_(access),
      clock_(clock),
      authenticator_(authenticator) {
  for (auto& issuer : issuers) {
    auto url = http::Url::parse(issuer.name);
    auto keys = std::make_unique<IssuerKeys>(std::move(url).value(), issuer.make_client, clock);
    issuers_.push_back({.issuer = std::move(issuer), .keys = std::move(keys)});
  }
}

std::expected<MintedToken, MintRefusal> TokenMint::mint(std::string_view identity, std::string_view address) {
  const auto verified = verify(identity);
  if (!verified) return Refused{verified.error()};
  const auto publishers = find_publishers(*verified);
  if (!publishers) return Refused{publishers.error()};
  return issue(*verified, *publishers, address);
}

std::expected<TokenMint::Identity, MintRefusal> TokenMint::verify(std::string_view text) const {
  auto token = parse_identity_token(text);
  if (!token.ok()) return refusal("invalid-payload", token.error());
  const auto issuer = claimed_issuer(token->claims);
  if (!issuer.ok()) return refusal("invalid-payload", issuer.error());
  const auto believed = std::ranges::find_if(
      issuers_, [&](const Believed& candidate) { return candidate.issuer.name == *issuer; });
  if (believed == issuers_.end()) {
    return refusal("invalid-payload",
                   {Errc::refused, fmt::format("this server believes no issuer {}", quote(*issuer))});
  }
  const auto keys = believed->keys->with(token->key_id);
  if (!keys.ok()) return refusal("issuer-unavailable", keys.error());
  if (const auto good = (*keys)->verify(*token); !good.ok()) return refusal("invalid-token", good.error());
  auto registered = check_registered(token->claims, {.issuer = *issuer, .audience = audience_}, clock_.now());
  if (!registered.ok()) return refusal("invalid-token", registered.error());
  return Identity{.believed = &*believed, .token = *std::move(token), .registered = *std::move(registered)};
}

std::expected<std::vector<Publisher>, MintRefusal> TokenMint::find_publishers(
    const Identity& identity) const {
  const auto& issuer = identity.believed->issuer;
  const auto run = run_of(issuer.kind, identity.token.claims);
  auto all = publishers_.list();
  if (!all.ok()) return refusal("unavailable", all.error());
  std::vector<Publisher> fitting;
  std::vector<std::string> reasons;
  for (auto& publisher : *all) {
    if (publisher.issuer != issuer.name || publisher.kind != issuer.kind || !concerns(publisher, run))
      continue;
    const auto fits = check_conditions(publisher, identity.token.claims);
    if (fits.ok()) {
      fitting.push_back(std::move(publisher));
    } else {
      reasons.push_back(
          fmt::format("publisher {} of {}: {}", publisher.id, publisher.project, fits.error().message));
    }
  }
  if (fitting.empty()) return refusal("invalid-publisher", no_publisher(run, reasons));
  return fitting;
}

std::expected<MintedToken, MintRefusal> TokenMint::issue(const Identity& identity,
                                                         const std::vector<Publisher>& publishers,
                                                         std::string_view address) {
  const auto& issuer = identity.believed->issuer;
  const auto run = run_of(issuer.kind, identity.token.claims);
  auto secret = auth::make_token();
  const auto now = clock_.now();
  Minting minting{.token = {.id = 0,
                            .label = label_of(run),
                            .hash = auth::hash_of(secret),
                            .permissions = all_of(publishers),
                            .project = {},
                            .created = now,
                            .expires = now + life,
                            .last_used = {},
                            .revoked = {}},
                  .publishers = {},
                  .issuer = issuer.name,
                  .token_id = identity.registered.token_id,
                  .token_id_until = identity.registered.acceptable_until,
                  .repository_id = run.repository_id,
                  .owner_id = run.owner_id};
  for (const auto& publisher : publishers)
    minting.publishers.push_back(publisher.id);
  const LedgerNote note{.actor = {.kind = "run", .id = minting.token.label, .address = std::string(address)},
                        .action = "token.mint",
                        .subject = "token/" + minting.token.hash.hex().substr(0, 16),
                        .reason = {},
                        .detail = detail_of(minting, run)};
  auto token = publishers_.mint(minting, note);
  if (!token.ok()) {
    const bool used = token.error().code == Errc::conflict;
    return refusal(used ? "invalid-reuse-token" : "invalid-publisher", token.error());
  }
  if (const auto known = authenticator_.reload([this] { return access_.snapshot(); }); !known.ok())
    return refusal("unavailable", known.error());
  return MintedToken{.secret = std::move(secret), .token = *std::move(token), .run = run};
}

}  // namespace packhouse::oidc
