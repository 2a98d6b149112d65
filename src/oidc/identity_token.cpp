#include "oidc/identity_token.hpp"

#include <fmt/format.h>

#include <vector>

#include "base/text.hpp"

namespace packhouse::oidc {
namespace {

Error malformed(std::string_view expected) {
  return {Errc::invalid_input, fmt::format("expected an identity token with {}, found none", expected)};
}

Result<json::Object> read_part(std::string_view part, std::string_view name) {
  TRY(const auto text, from_base64url(part));
  auto value = json::parse(text, max_identity_token);
  if (!value.ok() || !value->is_object()) return malformed(fmt::format("a JSON object as its {}", name));
  return std::move(*value).as_object();
}

}  // namespace

Result<std::string> from_base64url(std::string_view text) {
  if (text.find_first_of("+/=") != std::string_view::npos) return malformed("parts in base64url");
  auto standard = replace_all(replace_all(std::string(text), "-", "+"), "_", "/");
  standard.append((4 - standard.size() % 4) % 4, '=');
  auto bytes = from_base64(standard);
  if (!bytes) return malformed("parts in base64url");
  return *std::move(bytes);
}

Result<IdentityToken> parse_identity_token(std::string_view text) {
  if (text.size() > max_identity_token) {
    return Error{Errc::invalid_input, fmt::format("expected an identity token of at most {} bytes, found {}",
                                                  max_identity_token, text.size())};
  }
  const auto parts = split(text, '.');
  if (parts.size() != 3) return malformed("three parts");
  TRY(const auto header, read_part(parts[0], "header"));
  IdentityToken token;
  TRY(token.claims, read_part(parts[1], "payload"));
  TRY(token.signature, from_base64url(parts[2]));
  if (header.contains("crit")) return malformed("no header that only its issuer understands");
  TRY(token.algorithm, json::get_string(header, "alg", "header"));
  TRY(token.key_id, json::get_string(header, "kid", "header"));
  token.signed_text = text.substr(0, parts[0].size() + 1 + parts[1].size());
  return token;
}

}  // namespace packhouse::oidc
