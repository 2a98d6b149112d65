#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

namespace packhouse::http {

/// A TCP connection over loopback that sends exactly the bytes of a test. Every wait ends after a minute,
/// which only ends a test that fails. Throws std::runtime_error then and for every other failure of a call.
class RawConnection {
 public:
  /// Connects to 127.0.0.1.
  explicit RawConnection(std::uint16_t port);
  /// Takes a connected socket.
  static RawConnection adopt(int fd) { return RawConnection(fd, Adopted{}); }
  ~RawConnection();
  RawConnection(RawConnection&& other) noexcept;
  RawConnection& operator=(RawConnection&&) = delete;

  RawConnection& send(std::string_view bytes);
  /// False once the peer has closed or reset the connection.
  bool try_send(std::string_view bytes) noexcept;
  /// The next message: its head and as much body as its Content-Length says. `bodiless` for answers to HEAD;
  /// 1xx, 204 and 304 have no body anyway.
  std::string read_message(bool bodiless = false);
  /// What comes up to and with `mark`.
  std::string read_until(std::string_view mark);
  std::string read_exactly(std::size_t count);
  /// The rest, until the peer closes; a reset counts as a close.
  std::string read_to_end();
  /// At least one byte, or nothing if the peer closed.
  bool wait_for_bytes();
  /// Whether the peer has closed or reset the connection, as far as this end knows now.
  bool closed_by_peer() const noexcept;

  void finish_sending();
  /// Closes with a reset.
  void reset();

 private:
  struct Adopted {};
  RawConnection(int fd, Adopted);
  bool fill();
  std::string take(std::size_t count);

  int fd_ = -1;
  std::string buffer_;
};

/// A server that sends exactly the bytes of a test: `serve` gets each connection, one after another, on the
/// server's thread. Exceptions of `serve` end that connection.
class RawServer {
 public:
  explicit RawServer(std::function<void(RawConnection&)> serve);
  ~RawServer();
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;

  std::uint16_t port() const noexcept { return port_; }
  /// "http://127.0.0.1:port/path"
  std::string url(std::string_view path = "/") const;

 private:
  void run();

  std::function<void(RawConnection&)> serve_;
  std::uint16_t port_ = 0;  // before fd_, whose initialisation sets it
  int fd_ = -1;
  std::atomic<bool> stopping_ = false;
  std::jthread thread_;
};

/// Whether this process listens on the port. A connection would not show it: another process may have been
/// given a port that this one has closed.
bool listens_on(std::uint16_t port);

}  // namespace packhouse::http
