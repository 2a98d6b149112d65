#include "config/desk_secrets.hpp"

#include <fmt/format.h>
#include <strings.h>
#include <unistd.h>

#include <cstdlib>
#include <iterator>

#include "base/text.hpp"
#include "client/public_index.hpp"

namespace packhouse::app {
namespace {

Secret take_variable(const char* name) {
  char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): before any thread is started
  if (value == nullptr) return {};
  Secret secret{std::string(trim(value))};
  ::explicit_bzero(value, std::char_traits<char>::length(value));
  ::unsetenv(name);  // NOLINT(concurrency-mt-unsafe): before any thread is started
  return secret;
}

/// The identity tokens that GitLab gives a job: variables AUDIENCE_ID_TOKEN that hold a JWT.
std::map<std::string, Secret> take_id_tokens() {
  constexpr std::string_view ending = "_ID_TOKEN";
  constexpr std::string_view jwt = "eyJ";
  std::vector<std::string> names;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    if (equals == std::string_view::npos || !text.substr(equals + 1).starts_with(jwt)) continue;
    if (text.substr(0, equals).ends_with(ending)) names.emplace_back(text.substr(0, equals));
  }
  std::map<std::string, Secret> tokens;
  for (const auto& name : names)
    tokens[name] = take_variable(name.c_str());
  return tokens;
}

Result<client::IndexAddress> read_simple(const DeskSecrets& secrets) {
  if (secrets.pip_index_url.empty()) {
    return Error{Errc::unauthenticated,
                 "expected PRIVATE_INDEX_PIP_INDEX_URL in the environment, found nothing",
                 "set the secrets of the runbook, section 1"};
  }
  return parse_address("PRIVATE_INDEX_PIP_INDEX_URL", secrets.pip_index_url);
}

Status require_encrypted(std::string_view variable, const client::IndexAddress& address,
                         bool plain_http_allowed) {
  const Check check = client::decide_encrypted(variable, address.url, plain_http_allowed);
  if (check.passed) return success();
  return Error{Errc::invalid_input, fmt::format("expected {}, found {}", check.expected, check.found),
               check.hint};
}

Result<IndexAddresses> read_addresses(const DeskSecrets& secrets, std::vector<std::string> also_missing) {
  std::vector<std::string> missing;
  if (secrets.repository_url.empty()) missing.emplace_back("PRIVATE_INDEX_REPOSITORY_URL");
  if (secrets.pip_index_url.empty()) missing.emplace_back("PRIVATE_INDEX_PIP_INDEX_URL");
  Result<client::IndexAddress> upload = Error{};
  if (!secrets.repository_url.empty()) {
    upload = parse_address("PRIVATE_INDEX_REPOSITORY_URL", secrets.repository_url);
    if (!upload.ok()) return std::move(upload).error();
  }
  const bool in_url = upload.ok() && upload->auth.has_value();
  if (!in_url && secrets.username.empty()) missing.emplace_back("PRIVATE_INDEX_USERNAME");
  if (!in_url && secrets.password.empty()) missing.emplace_back("PRIVATE_INDEX_PASSWORD");
  missing.insert(missing.end(), std::make_move_iterator(also_missing.begin()),
                 std::make_move_iterator(also_missing.end()));
  if (!missing.empty()) {
    return Error{Errc::unauthenticated,
                 fmt::format("expected {} in the environment, found nothing", join(missing, ", ")),
                 "set the secrets of the runbook, section 1"};
  }
  CHECK_OK(refuse_short("PRIVATE_INDEX_PASSWORD", secrets.password));
  const http::BasicAuth own{secrets.username.reveal(), secrets.password};
  const bool differs = in_url && !secrets.username.empty() &&
                       (upload->auth->user != own.user || !(upload->auth->password == own.password));
  if (differs) {
    return Error{
        Errc::invalid_input,
        "expected one credential for uploads, found one in PRIVATE_INDEX_REPOSITORY_URL and another in "
        "PRIVATE_INDEX_USERNAME and PRIVATE_INDEX_PASSWORD",
        "keep the URL free of credentials"};
  }
  if (!in_url) upload->auth = own;
  TRY(auto simple, read_simple(secrets));
  return IndexAddresses{*std::move(upload), std::move(simple)};
}

}  // namespace

Status refuse_short(std::string_view variable, const Secret& secret) {
  const std::size_t size = secret.reveal().size();
  if (size == 0 || size >= min_secret) return success();
  return Error{
      Errc::invalid_input,
      fmt::format("expected a secret of at least {} bytes in {}, found {}", min_secret, variable, size),
      "a shorter one cannot be kept out of the output without masking ordinary words: use a token, or a "
      "longer password"};
}

Result<client::IndexAddress> parse_address(std::string_view variable, const Secret& text) {
  TRY(auto address, client::IndexAddress::parse(variable, text));
  if (address.auth) CHECK_OK(refuse_short(variable, address.auth->password));
  return address;
}

DeskSecrets DeskSecrets::take() {
  DeskSecrets secrets{.repository_url = take_variable("PRIVATE_INDEX_REPOSITORY_URL"),
                      .username = take_variable("PRIVATE_INDEX_USERNAME"),
                      .password = take_variable("PRIVATE_INDEX_PASSWORD"),
                      .pip_index_url = take_variable("PRIVATE_INDEX_PIP_INDEX_URL"),
                      .forge_tokens = {}};
  for (const auto& kind : forge::forge_kinds())
    secrets.forge_tokens[kind.name] = take_variable(kind.dialect.token_variable.c_str());
  secrets.identity = {.request_url = take_variable("ACTIONS_ID_TOKEN_REQUEST_URL"),
                      .request_token = take_variable("ACTIONS_ID_TOKEN_REQUEST_TOKEN"),
                      .tokens = take_id_tokens()};
  return secrets;
}

bool DeskSecrets::wants_exchange() const {
  if (!username.empty() || !password.empty() || identity.empty()) return false;
  const auto upload = client::IndexAddress::parse("PRIVATE_INDEX_REPOSITORY_URL", repository_url);
  return upload.ok() && !upload->auth;
}

void DeskSecrets::take_token(const Secret& token) {
  username = Secret{"__token__"};
  password = token;
  const auto upload = client::IndexAddress::parse("PRIVATE_INDEX_REPOSITORY_URL", repository_url);
  const auto simple = client::IndexAddress::parse("PRIVATE_INDEX_PIP_INDEX_URL", pip_index_url);
  if (!upload.ok() || !simple.ok() || simple->auth || !simple->url.same_origin(upload->url)) return;
  const auto text = simple->url.str();
  const auto host = text.find("://") + 3;
  pip_index_url =
      Secret{fmt::format("{}__token__:{}@{}", text.substr(0, host), token.reveal(), text.substr(host))};
}

Secret DeskSecrets::forge_token(const forge::ForgeKind& kind) const {
  const auto token = forge_tokens.find(kind.name);
  return token == forge_tokens.end() ? Secret{} : token->second;
}

Result<client::IndexAddress> simple_address(const DeskSecrets& secrets, bool plain_http_allowed) {
  TRY(auto simple, read_simple(secrets));
  CHECK_OK(require_encrypted("PRIVATE_INDEX_PIP_INDEX_URL", simple, plain_http_allowed));
  return simple;
}

Result<IndexAddresses> upload_addresses(const DeskSecrets& secrets, const forge::ForgeKind& forge) {
  std::vector<std::string> also_missing;
  CHECK_OK(refuse_short(forge.dialect.token_variable, secrets.forge_token(forge)));
  if (secrets.forge_token(forge).empty()) also_missing.push_back(forge.dialect.token_variable);
  return read_addresses(secrets, std::move(also_missing));
}

Result<IndexAddresses> index_addresses(const DeskSecrets& secrets, bool plain_http_allowed) {
  TRY(auto addresses, read_addresses(secrets, {}));
  CHECK_OK(require_encrypted("PRIVATE_INDEX_REPOSITORY_URL", addresses.upload, plain_http_allowed));
  CHECK_OK(require_encrypted("PRIVATE_INDEX_PIP_INDEX_URL", addresses.simple, plain_http_allowed));
  return addresses;
}

}  // namespace packhouse::app
