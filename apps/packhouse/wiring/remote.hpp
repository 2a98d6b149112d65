#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "base/secret.hpp"
#include "http/client.hpp"

namespace packhouse::app {

/// An index reached over HTTP by an administrator, whose token comes from the environment variable
/// PACKHOUSE_TOKEN: argv can be read by every user of the machine.
class RemoteIndex {
 public:
  /// `url` is the index's base, such as https://packages.example.org. unauthenticated without the variable;
  /// invalid_input for a URL with credentials, and for plain http to another machine.
  static Result<RemoteIndex> open(std::string_view url);

  /// A call of the admin API: its JSON, or the server's refusal as an Error of the like kind.
  Result<json::Object> call(http::Method method, std::string_view path, const json::Object& body = {});

 private:
  RemoteIndex(std::string base, Secret token, std::unique_ptr<http::Client> client)
      : base_(std::move(base)), token_(std::move(token)), client_(std::move(client)) {}

  std::string base_;
  Secret token_;
  std::unique_ptr<http::Client> client_;
};

/// Where an index stands below the server's base: "" for `main`, "/prod" for `prod`.
std::string index_path(std::string_view index);

}  // namespace packhouse::app
