#pragma once

// Private to http/. OpenSSL over sockets that do not block; no Asio.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "http_server/server_options.hpp"

struct ssl_ctx_st;
struct ssl_st;

namespace packhouse::http {

/// One connection's encryption. Used on one thread; the socket outlives it. The handshake happens within the
/// first reads.
class TlsStream {
 public:
  enum class State {
    done,         ///< `count` bytes went
    wants_read,   ///< nothing went: wait until the socket is readable, then call again
    wants_write,  ///< likewise, writable
    closed,       ///< the peer ended it, or broke the protocol
    plain_http,   ///< the peer speaks HTTP without TLS
  };
  struct Step {
    State state = State::closed;
    std::size_t count = 0;
  };

  TlsStream(std::shared_ptr<ssl_ctx_st> context, int socket);
  /// Sends close_notify, if the socket takes it at once.
  ~TlsStream();
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;

  /// `count` is 0 at the peer's end of stream only with State::closed.
  Step read(std::span<char> space) noexcept;
  Step write(std::string_view bytes) noexcept;
  void close() noexcept;

 private:
  Step step_of(int result) noexcept;

  std::shared_ptr<ssl_ctx_st> context_;  // shared: connections keep the one that they began with
  ssl_st* ssl_ = nullptr;
  bool usable_ = true;
};

/// A certificate with its key, read from files, which may be read again while connections are open.
/// Thread-safe. TLS 1.2 and 1.3, forward secrecy only.
class TlsCredentials {
 public:
  /// invalid_input when a file cannot be read, holds something else, or the two do not belong together.
  static Result<std::unique_ptr<TlsCredentials>> load(const TlsFiles& files);

  std::unique_ptr<TlsStream> accept(int socket) const;

  /// Reads the files; connections from then on get what is in them. On failure the old ones stay.
  Status reload();
  /// The same, if one of the files has changed since the last attempt. True when the files were read.
  Result<bool> reload_if_changed();

 private:
  explicit TlsCredentials(TlsFiles files) : files_(std::move(files)) {}

  const TlsFiles files_;
  mutable std::mutex mutex_;
  std::shared_ptr<ssl_ctx_st> context_;
  std::string seen_;  // identifies the files of the last attempt
};

}  // namespace packhouse::http
