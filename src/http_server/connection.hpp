#pragma once

// Private to http_server/: includes Asio.

#include <list>
#include <string>

#include "http_server/asio_types.hpp"
#include "http_server/body_exchange.hpp"
#include "http_server/exchange.hpp"
#include "http_server/io_context.hpp"
#include "http_server/outgoing.hpp"
#include "http_server/peer_socket.hpp"
#include "http_server/request_head.hpp"
#include "http_server/worker_call.hpp"

namespace packhouse::http {

/// One connection: reads requests, asks the handler, sends answers, until either side ends it.
class Connection {
 public:
  /// `peer` is the other side's address.
  Connection(IoContext& context, Socket socket, std::string peer);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Await<void> serve();
  /// Must be awaited before the connection is destroyed, however serve() ended: a worker may still use it.
  Await<void> finish_body() { return body_.finish(); }

  /// Aborts the connection if the peer let a deadline pass.
  void sweep() noexcept;
  /// Resets the connection; the pending read or write fails, and serve() ends.
  void abort() noexcept { socket_.abort(); }
  void close_if_idle() noexcept;

 private:
  enum class Next { read, work, answer };
  enum class After { next_request, close, linger };  // what follows the answer

  void note(Incident incident) noexcept;
  Next advance();
  Next refuse(const HeadRefusal& refusal);
  void refuse_to_wait();
  Await<bool> work();
  void compose();
  void expect_request() noexcept;

  IoContext& context_;
  std::list<Connection*>::iterator place_;
  PeerSocket socket_;
  std::string peer_;
  WorkerCall call_;
  HeadScanner scanner_;
  Exchange exchange_;
  BodyExchange body_;
  Outgoing out_;
  After after_ = After::next_request;
  bool drains_ = false;  // what follows the answer begins with the rest of the request's body
};

}  // namespace packhouse::http
