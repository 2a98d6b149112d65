#include "wiring/remote.hpp"

#include <fmt/format.h>

#include <cstdlib>

#include "base/text.hpp"
#include "wiring/command_context.hpp"
#include "wiring/data_folder.hpp"

namespace packhouse::app {
namespace {

constexpr const char* token_variable = "PACKHOUSE_TOKEN";

Errc kind_of(int status) {
  switch (status) {
    case 401:
      return Errc::unauthenticated;
    case 403:
      return Errc::forbidden;
    case 404:
      return Errc::not_found;
    case 409:
      return Errc::conflict;
    case 410:
      return Errc::gone;
    case 413:
      return Errc::too_large;
    case 422:
      return Errc::refused;
    case 429:
      return Errc::rate_limited;
    default:
      return status >= 500 ? Errc::unavailable : Errc::invalid_input;
  }
}

Error refusal(const http::ClientResponse& response) {
  const auto parsed = json::parse(response.body);
  if (parsed.ok() && parsed->is_object()) {
    const auto message = json::get_string(parsed->get_object(), "message");
    const auto hint = json::get_string(parsed->get_object(), "hint");
    if (message.ok()) return {kind_of(response.status), *message, hint.ok() ? *hint : std::string{}};
  }
  return {kind_of(response.status),
          fmt::format("the server answered {} {}", response.status, quote(response.reason))};
}

}  // namespace

Result<RemoteIndex> RemoteIndex::open(std::string_view text) {
  TRY(const auto url, http::Url::parse(text));
  if (url.has_credentials()) {
    return Error{Errc::invalid_input, "expected a URL without credentials as --url",
                 fmt::format("put the token into the environment variable {}", token_variable)};
  }
  if (url.scheme != "https" && !url.is_loopback()) {
    return Error{Errc::invalid_input,
                 "expected https as --url: the token would cross the network in the clear"};
  }
  const char* token = std::getenv(token_variable);  // NOLINT(concurrency-mt-unsafe): commands have one thread
  if (token == nullptr || *token == '\0') {
    return Error{Errc::unauthenticated, fmt::format("{} is not set", token_variable),
                 "set it to a token that may administer the index"};
  }
  auto base = url.str();
  while (base.ends_with('/'))
    base.pop_back();
  return RemoteIndex{std::move(base), Secret{token},
                     http::make_client({.user_agent = "packhouse/" PACKHOUSE_VERSION,
                                        .ca_file = environment_variable("SSL_CERT_FILE").value_or("")})};
}

Result<json::Object> RemoteIndex::call(http::Method method, std::string_view path, const json::Object& body) {
  http::ClientRequest request;
  request.method = method;
  request.url = fmt::format("{}{}", base_, path);
  request.auth = http::BearerAuth{token_};
  request.headers.add("Accept", "application/json");
  if (method != http::Method::get) {
    request.headers.add("Content-Type", "application/json");
    request.body = json::dump(body);
  }
  TRY(const auto response, client_->send(request));
  if (response.status < 200 || response.status > 299) return refusal(response);
  TRY(const auto value, json::parse(response.body));
  if (value.is_object()) return value.get_object();
  return Error{Errc::unavailable, "expected a JSON object as the server's answer"};
}

std::string index_path(std::string_view index) {
  return index == main_index ? std::string{} : fmt::format("/{}", percent_encode(index));
}

}  // namespace packhouse::app
