#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "http_server/message.hpp"

namespace packhouse::http {

/// Takes a request's body as it arrives. Called on worker threads, one call at a time, in order; the next
/// piece is read from the socket while this one is worked on. Destroyed without finish() when the peer goes
/// away or a deadline passes: it then discards all that it did.
class BodySink {
 public:
  virtual ~BodySink() = default;
  /// `chunk` is valid during the call. An answer ends the request early: the server drains a bounded rest
  /// of the body first, since most clients read no answer before they have sent everything.
  virtual std::optional<Response> write(std::string_view chunk) = 0;
  /// The body is complete.
  virtual Response finish() = 0;
};

/// How a request's body is to be read.
struct BodyPlan {
  /// Set: stream into this. Not set: collect into Request::body, then call handle().
  std::unique_ptr<BodySink> sink = nullptr;
  /// Bytes; a longer body (by Content-Length, or while chunks arrive) is answered with 413.
  std::uint64_t limit = 0;
  /// Set: answer with this at once (after a bounded drain); nothing of the body is wanted.
  std::optional<Response> refusal = std::nullopt;
};

/// What the server asks of the application. All calls may come from several threads at once. An exception
/// becomes one line in the log and a 500.
class Handler {
 public:
  virtual ~Handler() = default;
  /// For a request without a body (also one with "Content-Length: 0"), on an I/O thread: must not block,
  /// touch a disk or take a contended lock. nullopt: not ready in memory, ask handle(). May fill
  /// request.params.
  virtual std::optional<Response> quick(Request& request) = 0;
  /// On a worker thread, for a request with a body, before any of it is read and before the client is told
  /// to go on (`Expect: 100-continue`).
  virtual BodyPlan plan_body(Request& request) = 0;
  /// On a worker thread. The body, if any, is in request.body.
  virtual Response handle(Request& request) = 0;
};

/// Times are kept by a sweep twice a second (more often if a limit is shorter): they end up to that much
/// late.
struct ServerLimits {
  std::size_t max_head_bytes = 16UL * 1024;
  std::size_t max_connections = 4096;
  /// Does not bind a trusted proxy.
  std::size_t max_connections_per_address = 512;
  /// A whole head must arrive within this time, counted from the connection or from the head's first byte.
  std::chrono::milliseconds head_timeout{30'000};
  /// A kept-alive connection that asks for nothing is closed after this time.
  std::chrono::milliseconds idle_timeout{75'000};
  /// A body or an answer must move at least one byte within this time…
  std::chrono::milliseconds stall_timeout{60'000};
  /// …and at least this many bytes a second on average…
  std::uint64_t min_bytes_per_second = 256;
  /// …once the server has waited this long for the peer.
  std::chrono::milliseconds rate_grace{10'000};
  /// What is read and dropped of a body after an early answer.
  std::uint64_t max_drain_bytes = 1ULL << 30U;
  /// After stop(): how long requests in flight may take to finish.
  std::chrono::milliseconds drain_timeout{30'000};
};

/// PEM files: the certificate followed by its chain, and its key without a passphrase.
struct TlsFiles {
  std::string certificate;
  std::string key;
};

struct ServerOptions {
  std::string address = "127.0.0.1";  ///< an IPv4 or IPv6 address, not a name
  std::uint16_t port = 0;             ///< 0: chosen by the system
  unsigned io_threads = 0;            ///< 0: one per core
  unsigned worker_threads = 0;        ///< 0: four per core
  ServerLimits limits = {};
  std::string server_header = "packhouse";
  /// Addresses and networks ("10.0.0.0/8") whose X-Forwarded-For, -Proto and -Host are believed.
  std::vector<std::string> trusted_proxies = {};
  std::optional<TlsFiles> tls = {};  ///< set: TLS 1.2 and 1.3 on every connection
};

/// An HTTP/1.1 server: one io_context per I/O thread with SO_REUSEPORT, workers beside them. Ignores SIGPIPE
/// for the process (sendfile has no MSG_NOSIGNAL), and raises its limit of open files as far as it may.
class Server {
 public:
  /// Binds and listens; nothing is accepted before run(). The handler outlives the server. invalid_input for
  /// an address or a proxy that is none and for a certificate that cannot be used, conflict for a port that
  /// is taken, forbidden for one that may not be used.
  static Result<std::unique_ptr<Server>> listen(ServerOptions options, Handler& handler);
  ~Server();

  std::uint16_t port() const noexcept;
  /// Reads the certificate and its key anew, if they are others than last time or if `whatever` is set; true
  /// when it did. New connections get them; on failure the old ones stay. False without TLS. From any thread.
  Result<bool> reload_certificate(bool whatever);
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
