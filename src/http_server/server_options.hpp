#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace packhouse::http {

/// Times are kept by a sweep twice a second (more often if a limit is shorter): they end up to that much
/// late.
struct ServerLimits {
  std::size_t max_head_bytes = 16UL * 1024;
  std::size_t max_connections = 4096;
  /// Of one network (network_of()). Does not bind a trusted proxy.
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
  /// A body must have this rate, once the server has waited for it this long: a time by size.
  std::uint64_t min_body_bytes_per_second = 16UL * 1024;
  std::chrono::milliseconds body_grace{600'000};
  /// What is read and dropped of a body that was begun, after an early answer…
  std::uint64_t max_drain_bytes = 1ULL << 30U;
  /// …and of one that was refused by its head.
  std::uint64_t max_refused_bytes = 1UL << 20U;
  std::chrono::milliseconds refused_timeout{10'000};
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
  /// Requests that wait in one lane for another server (DeferredAnswer): beyond, they would wait longer than
  /// their clients do, and are answered with 503.
  std::size_t waiting_requests = 1024;
  ServerLimits limits = {};
  std::string server_header = "packhouse";
  /// Addresses and networks ("10.0.0.0/8") whose X-Forwarded-For, -Proto and -Host are believed.
  std::vector<std::string> trusted_proxies = {};
  /// A trusted proxy that sends no X-Forwarded-Proto was itself asked over TLS.
  bool proxies_encrypt = false;
  /// Strict-Transport-Security (RFC 6797) of every answer that goes over TLS, from here or from a trusted
  /// proxy: how long a browser remembers it. Zero: the field is not sent.
  std::chrono::seconds strict_transport{0};
  std::optional<TlsFiles> tls = {};  ///< set: TLS 1.2 and 1.3 on every connection
};

}  // namespace packhouse::http
