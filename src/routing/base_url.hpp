#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "http_server/message.hpp"

namespace packhouse::routing {

/// What the absolute links of a server begin with: "https://packages.example.org/python".
class BaseUrl {
 public:
  BaseUrl() = default;
  /// As configured, without a slash at the end; unset: as each request addresses the server.
  explicit BaseUrl(std::optional<std::string> server) : server_(std::move(server)) {}

  /// `prefix`: Route::prefix, for the links of an index.
  std::string of(const http::Request& request, std::string_view prefix = {}) const {
    return fmt::format("{}{}", server_ ? *server_ : request.origin(), prefix);
  }

 private:
  std::optional<std::string> server_;
};

}  // namespace packhouse::routing
