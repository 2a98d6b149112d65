#pragma once

#include <cstdint>
#include <memory>

#include "base/result.hpp"
#include "http_server/handler.hpp"
#include "http_server/incident_log.hpp"
#include "http_server/server_options.hpp"

namespace packhouse::http {

/// An HTTP/1.1 server: one io_context per I/O thread with SO_REUSEPORT, workers beside them. Ignores SIGPIPE
/// for the process (sendfile has no MSG_NOSIGNAL), and raises its limit of open files to the hard limit.
class Server {
 public:
  /// Binds and listens; nothing is accepted before run(). The handler outlives the server. invalid_input for
  /// a malformed address or proxy and for a certificate that cannot be used, conflict for a port that is
  /// taken, forbidden for one that may not be used.
  /// `incidents` outlives it too; null: nobody asks for them.
  static Result<std::unique_ptr<Server>> listen(ServerOptions options, Handler& handler,
                                                IncidentLog* incidents = nullptr);
  ~Server();

  std::uint16_t port() const noexcept;
  /// How many there are, and may be: what the options say, or less where the process may not open as many
  /// files.
  std::size_t connections() const;
  std::size_t max_connections() const;
  /// Takes the limits, the trusted proxies and Strict-Transport-Security of `options` for all connections,
  /// open ones too; what else is in it stays as it was. invalid_input for a malformed proxy: nothing changes
  /// then. From any thread.
  Status reconfigure(const ServerOptions& options);
  /// Reads the certificate and its key again if they have changed or if `always` is set; true when it did.
  /// New connections get them; on failure the old ones stay. False without TLS. From any thread.
  Result<bool> reload_certificate(bool always);
  /// Serves until stop(), then returns once requests in flight have finished. When the drain time is over
  /// their connections are cut; calls into the handler that still go on are waited for. Call once.
  void run();
  /// From any thread or from a signal-handling thread; returns at once. Listening sockets close, idle
  /// connections close, requests in flight finish.
  void stop() noexcept;

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace packhouse::http
