#pragma once

#include <memory>
#include <string>

namespace packhouse::http {

class Client;          // http/client.hpp, which callers include
struct ClientOptions;  // likewise

/// Through what, and to where, the connections of a client lead.
struct ConnectionRules {
  std::string proxy = {};  ///< its URL, in place of those in the environment; empty: those
  /// Refuses to connect to addresses that are not public (is_public_address()), by whatever name:
  /// `forbidden`. Behind a proxy, which alone learns the address, only hosts that are written as an address
  /// are judged.
  bool public_addresses_only = false;
};

/// As make_client(), with these rules.
std::unique_ptr<Client> make_client(ClientOptions options, ConnectionRules rules);

}  // namespace packhouse::http
