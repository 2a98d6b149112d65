#include "wiring/secret_mask.hpp"

#include <algorithm>
#include <optional>

#include "base/text.hpp"
#include "http/client.hpp"

namespace packhouse::app {
namespace {

/// "user:password" of "scheme://user:password@host/path", as it is written.
std::optional<std::string_view> userinfo_in(std::string_view address) {
  const std::size_t scheme = address.find("://");
  const std::string_view rest = address.substr(scheme == std::string_view::npos ? 0 : scheme + 3);
  const std::size_t at = rest.rfind('@', rest.find('/'));
  if (at == std::string_view::npos) return std::nullopt;
  return rest.substr(0, at);
}

}  // namespace

// A secret that is too short to be masked is refused where it is read (config/desk_secrets.hpp).
bool SecretMask::add(const Secret& secret) {
  if (secret.reveal().size() < min_secret || std::ranges::find(secrets_, secret) != secrets_.end())
    return false;
  secrets_.push_back(secret);
  redactor_.add(secret);
  return true;
}

// A common user name is no secret, and masking it would black out half of the output.
void SecretMask::add_pair(const std::string& user, const Secret& password) {
  add(password);
  if (password.reveal().size() >= min_secret) redactor_.add_basic(user, password);
  if (user != "__token__" && user.size() >= 4) add(Secret{user});
}

void SecretMask::add_written(std::string_view userinfo) {
  add(Secret{std::string(userinfo)});
  const std::size_t colon = userinfo.find(':');
  if (colon != std::string_view::npos) add(Secret{std::string(userinfo.substr(colon + 1))});
}

void SecretMask::add_proxy(std::string_view address) {
  const auto userinfo = userinfo_in(address);
  if (!userinfo) return;
  add_written(*userinfo);
  const std::size_t colon = userinfo->find(':');
  if (colon == std::string_view::npos) return;
  const auto user = percent_decode(userinfo->substr(0, colon));
  const auto password = percent_decode(userinfo->substr(colon + 1));
  if (user && password) add_pair(*user, Secret{*password});
}

/// Decoded, and as it was written, which need not be how it would be encoded.
void SecretMask::add_address(const Secret& text) {
  const auto url = http::Url::parse(text.reveal());
  if (!url.ok() || !url->has_credentials()) return;
  add(text);
  add_pair(url->user, url->password);
  if (const auto userinfo = userinfo_in(text.reveal())) add_written(*userinfo);
}

void SecretMask::add(const DeskSecrets& secrets) {
  for (const auto& [kind, token] : secrets.forge_tokens)
    add(token);
  add(secrets.identity.request_token);
  for (const auto& [name, token] : secrets.identity.tokens)
    add(token);
  add_pair(secrets.username.reveal(), secrets.password);
  add_address(secrets.repository_url);
  add_address(secrets.pip_index_url);
}

}  // namespace packhouse::app
