#pragma once

#include <optional>
#include <string>

#include "http_server/message.hpp"

namespace packhouse::routing {

/// What the absolute links of an index begin with: "https://packages.example.org/python/prod".
class BaseUrl {
 public:
  BaseUrl() = default;
  /// `server`: as configured, without a slash at the end; unset: as each request addresses the server.
  /// `prefix`: of the index ("/prod"; main: "").
  explicit BaseUrl(std::optional<std::string> server, std::string prefix = {})
      : server_(std::move(server)), prefix_(std::move(prefix)) {}

  std::string of(const http::Request& request) const {
    return (server_ ? *server_ : request.origin()) + prefix_;
  }
  /// Empty where it depends on the request.
  std::string configured() const { return server_ ? *server_ + prefix_ : std::string{}; }

 private:
  std::optional<std::string> server_;
  std::string prefix_;
};

}  // namespace packhouse::routing
