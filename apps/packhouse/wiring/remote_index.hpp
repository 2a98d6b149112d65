#pragma once

#include <memory>
#include <string_view>

#include "client/admin_client.hpp"
#include "http/client.hpp"
#include "wiring/data_folder.hpp"

namespace packhouse::app {

/// An index reached over HTTP by an administrator.
struct RemoteIndex {
  /// `url` is the server's address, such as https://packages.example.org, `index` one of its indexes. The
  /// token is in the environment variable PACKHOUSE_TOKEN: argv can be read by every user of the machine.
  /// unauthenticated without the variable; invalid_input for a URL with credentials, and for plain http to
  /// another machine.
  static Result<RemoteIndex> open(std::string_view url, std::string_view index = main_index);

  std::unique_ptr<http::Client> http;
  client::AdminClient admin;
};

}  // namespace packhouse::app
