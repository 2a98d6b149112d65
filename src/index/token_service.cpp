#include "index/token_service.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "auth/credential.hpp"
#include "base/control_characters.hpp"
#include "base/reason.hpp"
#include "base/text.hpp"
#include "pep/project_name.hpp"

namespace packhouse::index {
namespace {

Result<std::string> parse_label(std::string_view text) {
  const auto label = trim(text);
  if (!label.empty() && label.size() <= TokenRequest::max_label && is_plain_line(label))
    return std::string(label);
  return Error{Errc::invalid_input,
               fmt::format("label: expected 1 to {} bytes of printable text, found {}",
                           TokenRequest::max_label, quote(text)),
               "say what the token is for, such as \"ci of demo\""};
}

Status check_days(std::optional<std::int64_t> days) {
  if (!days || (*days >= 0 && *days <= TokenRequest::max_days)) return success();
  return Error{Errc::invalid_input,
               fmt::format("expires-days: expected 1 to {} days, or 0 for never, found {}",
                           TokenRequest::max_days, *days)};
}

json::Object detail_of(const Token& token) {
  json::Object detail{{"id", token.id}, {"label", token.label}, {"permissions", token.permissions.str()}};
  if (token.project) detail["project"] = *token.project;
  if (token.index) detail["index"] = *token.index;
  if (token.user) detail["user"] = *token.user;
  if (token.made_by) detail["made_by"] = *token.made_by;
  if (token.expires) detail["expires"] = to_iso8601(*token.expires);
  return detail;
}

}  // namespace

Result<TokenRequest> TokenRequest::parse(const TokenWords& words) {
  TokenRequest request;
  TRY(request.label, parse_label(words.label));
  TRY(request.permissions, Permissions::parse(words.permissions));
  if (words.project) {
    TRY(const auto name, ProjectName::parse(*words.project));
    request.project = name.str();
  }
  request.index = words.index;
  if (words.user) {
    TRY(request.user, parse_user_name(*words.user));
  }
  request.service = words.service;
  if (words.user && words.service) {
    return Error{Errc::invalid_input, "service: expected a token without a user, found one with both",
                 "a token of a service belongs to no person: leave one of the two out"};
  }
  CHECK_OK(check_days(words.expires_in_days));
  const auto days = words.expires_in_days.value_or(TokenRequest::default_days);
  if (days > 0) request.expires_in_days = static_cast<int>(days);
  return request;
}

TokenService::TokenService(AccessStore& store, const Clock& clock, auth::Authenticator& authenticator)
    : store_(store), clock_(clock), authenticator_(authenticator) {}

Result<IssuedToken> TokenService::create(const TokenRequest& request, const Actor& actor,
                                         const std::optional<std::string>& maker) {
  auto secret = auth::make_token();
  const auto now = clock_.now();
  Token token{.id = 0,
              .label = request.label,
              .hash = auth::hash_of(secret),
              .permissions = request.permissions,
              .project = request.project,
              .index = request.index,
              .user = request.user || request.service ? request.user : maker,
              .made_by = maker,
              .created = now,
              .expires = {},
              .last_used = {},
              .revoked = {}};
  if (request.expires_in_days) token.expires = now + std::chrono::days{*request.expires_in_days};
  auto detail = detail_of(token);
  detail.erase("id");  // the store gives it, in the same transaction
  const LedgerNote note{.actor = actor,
                        .action = "token.create",
                        .subject = "token/" + token.hash.hex().substr(0, 16),
                        .reason = {},
                        .detail = std::move(detail)};
  TRY(auto stored, store_.add_token(token, note));
  CHECK_OK(refresh());
  return IssuedToken{.token = std::move(stored), .secret = std::move(secret)};
}

Result<std::vector<Token>> TokenService::list() {
  return store_.tokens();
}

Status TokenService::revoke(std::int64_t id, std::string_view reason, const Actor& actor) {
  TRY(auto why, parse_optional_reason(reason));
  TRY(const auto tokens, store_.tokens());
  const auto found = std::ranges::find(tokens, id, &Token::id);
  if (found == tokens.end()) {
    return Error{Errc::not_found, fmt::format("there is no token {}", id), "packhouse token list shows them"};
  }
  const LedgerNote note{.actor = actor,
                        .action = "token.revoke",
                        .subject = "token/" + found->hash.hex().substr(0, 16),
                        .reason = std::move(why),
                        .detail = detail_of(*found)};
  CHECK_OK(store_.revoke_token(id, note, clock_.now()));
  return refresh();
}

Status TokenService::refresh() {
  return authenticator_.reload([this] { return store_.snapshot(); });
}

Status TokenService::write_uses() {
  for (const auto& use : authenticator_.take_uses())
    CHECK_OK(store_.touch_token(use.token, use.used));
  return success();
}

}  // namespace packhouse::index
