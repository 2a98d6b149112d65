#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/client.hpp"

namespace packhouse::http {

/// What happens to a request before it arrives, or to its answer once the peer has acted on it. The names and
/// their meaning are those of tests/support/faults.py, which does the same to real sockets.
enum class Fault : std::uint8_t {
  unresolved,     ///< the host's name does not resolve; nothing arrives, as for the next three
  unconnected,    ///< the connection is not taken in time
  no_tls,         ///< the port does not speak TLS
  refused,        ///< the connection is refused
  error,          ///< status 500 in place of the peer, which receives nothing
  killed_before,  ///< the process ends before the request arrives
  reset,          ///< the peer acts; its answer is lost
  truncated,      ///< half of the answer's body arrives, then the connection is cut
  wrong_bytes,    ///< one bit of the answer's body is another
  slow,           ///< the answer arrives in many small pieces
  error_after,    ///< the peer acts; status 500 takes the place of its answer
  killed_after,   ///< the peer acts; the process ends before the answer arrives
};

inline constexpr std::array every_fault{Fault::unresolved, Fault::unconnected, Fault::no_tls,
                                        Fault::refused,    Fault::error,       Fault::killed_before,
                                        Fault::reset,      Fault::truncated,   Fault::wrong_bytes,
                                        Fault::slow,       Fault::error_after, Fault::killed_after};

/// "killed-before"
std::string_view to_string(Fault fault) noexcept;

/// A Client for tests that passes requests on to another, counts them, and spoils one. It and its others are
/// used by several threads; the peer gets one request at a time.
///
/// The end of the process is a fault that stays: every later request fails as well. What else the process
/// would do is stopped by the test's `on_kill`.
class FaultyClient final : public Client {
 public:
  /// `peer` outlives it and its others.
  explicit FaultyClient(Client& peer);

  /// Spoils the request of that number, counted from 1 and from now on.
  void arm(Fault fault, std::size_t number, std::function<void()> on_kill = nullptr);
  /// Counts from now on, and spoils no request.
  void disarm();

  /// "GET https://host/path", in their order, since the last call of arm() or disarm().
  std::vector<std::string> requests() const;
  /// The spoiled request; empty: none so far.
  std::string struck() const;

  Result<ClientResponse> send(const ClientRequest& request) override;
  std::unique_ptr<Client> another() const override;

 private:
  struct State;  // shared with the others, which count together
  explicit FaultyClient(std::shared_ptr<State> state) : state_(std::move(state)) {}

  std::shared_ptr<State> state_;
};

}  // namespace packhouse::http
