#include "wiring/remote_index.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "wiring/environment.hpp"

namespace packhouse::app {
namespace {

constexpr const char* token_variable = "PACKHOUSE_TOKEN";

/// `main` is at the server's root, another index below its name.
void go_to_index(http::Url& url, std::string_view index) {
  while (url.path.ends_with('/'))
    url.path.pop_back();
  url.path += '/';
  if (index != main_index) url.path += percent_encode(index) + "/";
}

}  // namespace

Result<RemoteIndex> RemoteIndex::open(std::string_view text, std::string_view index) {
  TRY(auto url, http::Url::parse(text));
  if (url.has_credentials()) {
    return Error{Errc::invalid_input, "expected a URL without credentials as --url",
                 fmt::format("put the token into the environment variable {}", token_variable)};
  }
  if (url.scheme != "https" && !url.is_loopback()) {
    return Error{Errc::invalid_input,
                 "expected https as --url: the token would cross the network in the clear"};
  }
  const auto token = environment_variable(token_variable);
  if (!token) {
    return Error{Errc::unauthenticated, fmt::format("{} is not set", token_variable),
                 "set it to a token that may administer the index"};
  }
  go_to_index(url, index);
  auto http = http::make_client({.user_agent = "packhouse/" PACKHOUSE_VERSION,
                                 .ca_file = environment_variable("SSL_CERT_FILE").value_or("")});
  client::AdminClient admin(*http, std::move(url), http::BearerAuth{Secret{*token}});
  return RemoteIndex{std::move(http), std::move(admin)};
}

}  // namespace packhouse::app
