#include "client/trusted_publishing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/json.hpp"
#include "base/text.hpp"

namespace packhouse::client {
namespace {

constexpr std::uint64_t max_answer = 64UL << 10U;  // bytes
constexpr int http_ok = 200;

/// The same host as the upload address: trusted publishing is of a host and not of a path.
std::string at_root(const http::Url& upload, std::string_view path) {
  http::Url root = upload;
  root.path = path;
  root.query.clear();
  return root.str();
}

http::ClientRequest bounded(std::string url) {
  http::ClientRequest request{.url = std::move(url)};
  request.headers.add("Accept", "application/json");
  request.max_body = max_answer;
  request.connect_timeout = std::chrono::seconds{10};
  request.stall_timeout = std::chrono::seconds{20};
  request.total_timeout = std::chrono::seconds{30};
  return request;
}

Result<std::string> text_of(const http::ClientResponse& response, std::string_view key,
                            std::string_view who) {
  const auto document = json::parse(response.body, max_answer);
  if (response.status == http_ok && document.ok() && document->is_object()) {
    auto text = json::get_string(document->get_object(), key);
    if (text.ok() && !text->empty()) return text;
  }
  return Error{Errc::unavailable,
               fmt::format("expected {} of {}, found status {}", key, who, response.status)};
}

Result<std::string> ask_audience(http::Client& client, const http::Url& upload) {
  TRY(const auto response, client.send(bounded(at_root(upload, "/_/oidc/audience"))));
  if (response.status == 403 || response.status == 404) {
    return Error{
        Errc::unauthenticated, fmt::format("the index at {} takes no identity tokens of CI", upload.host),
        "set PRIVATE_INDEX_USERNAME and PRIVATE_INDEX_PASSWORD, or [trusted-publishing] on the index"};
  }
  return text_of(response, "audience", "the index");
}

/// From GitHub or Forgejo (docs.github.com, "OpenID Connect reference": methods for requesting the token).
Result<Secret> request_identity(http::Client& client, const AmbientIdentity& identity,
                                std::string_view audience) {
  TRY(const auto url, http::Url::parse(identity.request_url.reveal()));
  if (url.scheme != "https" && !url.is_loopback())
    return Error{Errc::forbidden, "expected ACTIONS_ID_TOKEN_REQUEST_URL to begin with https"};
  const char joint = url.query.empty() ? '?' : '&';
  auto request = bounded(fmt::format("{}{}audience={}", url.str(), joint, percent_encode(audience)));
  request.auth = http::BearerAuth{identity.request_token};
  TRY(const auto response, client.send(request));
  TRY(auto value, text_of(response, "value", "the CI's identity tokens"));
  return Secret{std::move(value)};
}

Result<Secret> find_identity(http::Client& client, const AmbientIdentity& identity,
                             std::string_view audience) {
  if (!identity.request_url.empty()) return request_identity(client, identity, audience);
  const auto variable = id_token_variable(audience);
  const auto found = identity.tokens.find(variable);
  if (found != identity.tokens.end()) return found->second;
  return Error{Errc::unauthenticated, fmt::format("expected an identity token in {}, found none", variable),
               fmt::format("give the job id_tokens: {}: aud: {}", variable, audience)};
}

/// What the index says, for people.
Error refused(const http::ClientResponse& response, const http::Url& upload) {
  std::string why = fmt::format("status {}", response.status);
  const auto document = json::parse(response.body, max_answer);
  if (document.ok() && document->is_object()) {
    const auto errors = json::get_array(document->get_object(), "errors");
    if (errors.ok() && !errors->empty() && errors->front().is_object()) {
      const auto description = json::get_string(errors->front().get_object(), "description");
      if (description.ok()) why = quote(*description, 600);
    }
  }
  const bool later = response.status >= 500;
  return {later ? Errc::unavailable : Errc::unauthenticated,
          fmt::format("the index at {} gives this run no token: {}", upload.host, why),
          later ? "" : "packhouse publisher list shows which runs the index knows"};
}

}  // namespace

std::string id_token_variable(std::string_view audience) {
  std::string name;
  for (const char c : audience) {
    const bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    name += word ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : '_';
  }
  return name + "_ID_TOKEN";
}

Result<Secret> exchange_identity(http::Client& client, const http::Url& upload,
                                 const AmbientIdentity& identity,
                                 const std::function<void(const Secret&)>& learn) {
  if (upload.scheme != "https" && !upload.is_loopback()) {
    return Error{Errc::forbidden,
                 fmt::format("expected https to exchange an identity token with {}", upload.host),
                 "whoever sees it could take this run's place"};
  }
  TRY(const auto audience, ask_audience(client, upload));
  TRY(const auto token, find_identity(client, identity, audience));
  learn(token);
  auto request = bounded(at_root(upload, "/_/oidc/mint-token"));
  request.method = http::Method::post;
  request.headers.add("Content-Type", "application/json");
  request.body = json::dump(json::Object{{"token", token.reveal()}});
  TRY(const auto response, client.send(request));
  if (response.status != http_ok) return refused(response, upload);
  TRY(auto minted, text_of(response, "token", "the index"));
  Secret secret{std::move(minted)};
  learn(secret);
  return secret;
}

}  // namespace packhouse::client
