#include "client/index_address.hpp"

#include <fmt/format.h>

#include <utility>

namespace packhouse::client {

Result<IndexAddress> IndexAddress::parse(std::string_view name, const Secret& text) {
  auto url = http::Url::parse(text.reveal());
  // The parser's message quotes its input, which may hold a password.
  if (!url.ok()) {
    return Error{Errc::invalid_input, fmt::format("expected an http or https URL in {}", name),
                 "set it to the index's address, e.g. https://index.example/legacy/"};
  }
  IndexAddress address{.url = *std::move(url)};
  if (!address.url.has_credentials()) return address;
  address.auth = http::BasicAuth{address.url.user, address.url.password};
  address.url.user.clear();
  address.url.password = Secret{};
  return address;
}

}  // namespace packhouse::client
