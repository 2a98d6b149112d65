#pragma once

// Private to http_server/: includes Asio.

#include <array>
#include <memory>
#include <optional>

#include "http_server/asio_types.hpp"
#include "http_server/exchange.hpp"
#include "http_server/handler.hpp"
#include "http_server/io_context.hpp"
#include "http_server/peer_socket.hpp"
#include "http_server/request_body.hpp"
#include "http_server/worker_call.hpp"

namespace packhouse::http {

/// Carries the body of a connection's current request from the peer to the handler, which sees it on workers.
class BodyExchange {
 public:
  enum class Outcome {
    collected,  ///< the body is in Request::body: the handler is to be asked
    answered,   ///< the response is made
    early,      ///< the response is made, and the rest of the body is to be drained after it
    unread,     ///< the response is made, and the peer may still send more than is read: the connection must
                ///< linger
    gone        ///< the peer is gone
  };

  BodyExchange(IoContext& context, PeerSocket& socket, WorkerCall& call, Exchange& exchange)
      : context_(context), socket_(socket), call_(call), exchange_(exchange), body_(context, socket) {}

  Await<Outcome> receive();
  /// After an early answer was sent: reads and drops a bounded rest of the body. True: all of it has come,
  /// and the connection is as good as new.
  Await<bool> drain();
  /// Waits for a call in progress and destroys the sink, if there is one, on a worker.
  Await<void> finish();
  /// An idle connection keeps no more memory than a new one.
  void release_memory() noexcept;

 private:
  Await<BodyPlan> ask_plan();
  Await<bool> invite();
  Await<Outcome> stream();
  Await<Outcome> finish_sink(const BodyPiece& last);
  Await<Outcome> collect();
  Await<Outcome> answer_early(Response response);
  std::uint64_t most_drained() const noexcept;
  Await<Outcome> fail(RequestBody::End end);
  std::optional<Response> write_to_sink(const BodyPiece& piece) noexcept;
  Response too_large() const;

  IoContext& context_;
  PeerSocket& socket_;
  WorkerCall& call_;
  Exchange& exchange_;
  RequestBody body_;
  std::array<BodyPiece, 2> pieces_;
  std::unique_ptr<BodySink> sink_;
  std::optional<Response> early_;  // of the sink; a worker writes it during a call
  bool invited_ = false;           // the client sends the body without waiting for anything
  bool begun_ = false;             // the handler has taken the body, after looking at its head
};

}  // namespace packhouse::http
