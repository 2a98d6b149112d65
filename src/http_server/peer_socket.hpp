#pragma once

// Private to http_server/: includes Asio.

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <memory>
#include <span>

#include "http_server/asio_types.hpp"
#include "http_server/deadlines.hpp"
#include "http_server/input_buffer.hpp"
#include "http_server/io_context.hpp"
#include "http_server/outgoing.hpp"
#include "http_server/tls.hpp"

namespace packhouse::http {

/// The socket of one connection with its TLS, the deadlines of its peer and the bytes that were read ahead.
class PeerSocket {
 public:
  PeerSocket(const IoContext& context, Socket socket);

  bool encrypted() const noexcept { return tls_ != nullptr; }
  Executor executor() { return socket_.get_executor(); }
  Deadlines& deadlines() noexcept { return deadlines_; }
  const Deadlines& deadlines() const noexcept { return deadlines_; }
  InputBuffer& input() noexcept { return input_; }

  /// Completes with an error code and the number of bytes that arrived. For sockets without TLS, and no
  /// coroutine: see Connection::serve().
  auto read_plain(std::span<char> space) {
    return socket_.async_read_some(asio::buffer(space.data(), space.size()), asio::as_tuple(use_await));
  }
  /// Through TLS; the handshake happens within the first call. 0: the connection has ended.
  Await<std::size_t> read_tls(std::span<char> space);
  /// Either of the two. 0: the connection has ended.
  Await<std::size_t> read_some(std::span<char> space);

  /// Sends what the socket takes at once.
  Outgoing::State pump(Outgoing& out);
  /// Sends everything, as a transfer with deadlines; time in which a file has no more does not count.
  /// `done` or `failed`.
  Await<Outgoing::State> flush(Outgoing& out);

  /// Ends the stream and drops what still comes until the peer closes, for a bounded time: a close with
  /// unread bytes is a reset, which can overtake the answer. Input that was read ahead is lost.
  Await<void> linger();
  /// Ends the connection with a reset; the pending read or write fails.
  void abort() noexcept;
  /// Ends the connection in order; the pending read or write fails.
  void shut_down() noexcept;

 private:
  Await<void> wait_for_more(Outgoing& out);
  void refuse_plain_http() noexcept;

  const IoContext& context_;
  Socket socket_;
  std::unique_ptr<TlsStream> tls_;  // destroyed before the socket: it may send a close_notify
  Deadlines deadlines_;
  InputBuffer input_;
};

}  // namespace packhouse::http
