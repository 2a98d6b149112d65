#pragma once

#include <optional>
#include <string_view>

#include "base/secret.hpp"
#include "http/client.hpp"
#include "http/url.hpp"

namespace packhouse::client {

/// An address of the index and what opens it. The URL holds no credential.
struct IndexAddress {
  http::Url url;
  std::optional<http::BasicAuth> auth = std::nullopt;

  /// `text` is the value of the variable `name`. User and password in it are taken out at once; an error
  /// never repeats them.
  static Result<IndexAddress> parse(std::string_view name, const Secret& text);
};

}  // namespace packhouse::client
