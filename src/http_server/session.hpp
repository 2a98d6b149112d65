#pragma once

// Private to http/: includes Asio. Only session.cpp and server.cpp may include it.

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "http_server/answer.hpp"
#include "http_server/chunked.hpp"
#include "http_server/outgoing.hpp"
#include "http_server/peer_watch.hpp"
#include "http_server/request_head.hpp"
#include "http_server/server.hpp"
#include "http_server/tls.hpp"
#include "http_server/trusted_proxies.hpp"

namespace packhouse::http {

namespace asio = boost::asio;

// Concrete executors everywhere: any_io_executor costs 8 % of a small request.
using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;
template <typename T>
using Await = asio::awaitable<T, Executor>;

/// A call that runs on a worker while the session's thread goes on. One at a time; all methods on the
/// session's thread.
class WorkerCall {
 public:
  WorkerCall(asio::thread_pool& workers, Executor home) : workers_(workers), home_(std::move(home)) {}

  /// `call` must not throw.
  void start(std::function<void()> call);
  bool running() const noexcept { return running_; }
  /// Until the call has ended; at once if none runs.
  Await<void> wait();

 private:
  void ended();

  asio::thread_pool& workers_;
  Executor home_;
  bool running_ = false;
  std::move_only_function<void()> waiter_;
};

class Session;

/// What the sessions of one I/O thread share. Touched on that thread only, but for `stopping`.
struct SessionHome {
  SessionHome(const ServerOptions& server_options, const TrustedProxies& trusted, Handler& application,
              asio::thread_pool& pool, const std::atomic<bool>& stop_flag, const TlsCredentials* credentials)
      : options(server_options),
        proxies(trusted),
        handler(application),
        workers(pool),
        stopping(stop_flag),
        tls(credentials) {}

  const ServerOptions& options;
  const TrustedProxies& proxies;
  Handler& handler;
  asio::thread_pool& workers;
  const std::atomic<bool>& stopping;
  const TlsCredentials* tls;  // null: connections are not encrypted
  SteadyTime now{};           // as of the last sweep: no clock is read for a request
  std::string common_fields;  // "Server: …\r\nDate: …\r\n"
  std::list<Session*> sessions{};
};

/// Bytes that came from the socket and were not used yet.
class InputBuffer {
 public:
  std::string_view view() const noexcept { return {bytes_.data() + begin_, end_ - begin_}; }
  bool empty() const noexcept { return begin_ == end_; }
  void consume(std::size_t count) noexcept;
  void clear() noexcept { begin_ = end_ = 0; }
  /// Where the next bytes go, at least one; grows up to `most` bytes in all. Empty if `most` are held.
  std::span<char> space(std::size_t most);
  void commit(std::size_t count) noexcept { end_ += count; }
  /// Gives memory back, if nothing is held and much was taken.
  void shrink() noexcept;

 private:
  std::vector<char> bytes_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

/// One connection: reads requests, asks the handler, sends answers, until either side ends it.
class Session {
 public:
  Session(SessionHome& home, Socket socket, std::string peer);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  Await<void> converse();
  /// Waits for a call in progress and destroys the sink, if there is one, on a worker. Must be awaited
  /// before the session is destroyed, however converse() ended.
  Await<void> settle();

  /// Cuts the connection if the peer let a deadline pass.
  void sweep() noexcept;
  /// Cuts the connection; the pending read or write fails, and converse() ends.
  void cut() noexcept;
  void cut_if_idle() noexcept;

 private:
  enum class BodyEnd { more, complete, gone, broken, too_long };
  enum class After { next_request, close, linger };  // what follows the answer

  struct Piece {
    std::unique_ptr<char[]> bytes;
    std::size_t room = 0;
    std::size_t size = 0;
    void allocate(std::size_t count);
  };

  enum class Next { read, work, answer };

  Next advance();
  Next refuse(const HeadRefusal& refusal);
  void expect_request() noexcept;
  Await<bool> work();
  Await<void> ask_handler();

  Await<bool> serve_body();
  Await<BodyPlan> ask_plan();
  Await<bool> invite_body();
  Await<bool> stream_body();
  Await<bool> finish_sink(const Piece& last);
  Await<bool> collect_body();
  Await<bool> early_answer(Response response);
  Await<bool> failed_body(BodyEnd end);
  Await<BodyEnd> read_piece(Piece& piece, bool hand_over_early);
  Await<BodyEnd> drain_body();
  BodyEnd take_buffered(Piece& piece) noexcept;
  std::optional<Response> write_to_sink(const Piece& piece) noexcept;
  Response too_large() const;
  void begin_body(std::uint64_t limit);

  void compose();
  Outgoing::State pump();
  Await<Outgoing::State> flush();
  Await<void> linger();
  Await<std::size_t> read_some(std::span<char> space);
  Await<std::size_t> read_tls(std::span<char> space);

  SessionHome& home_;
  std::list<Session*>::iterator place_;
  Socket socket_;
  std::unique_ptr<TlsStream> tls_;  // goes before the socket: it may have a last word
  std::string peer_;
  PeerWatch watch_;
  WorkerCall call_;
  InputBuffer input_;
  HeadScanner scanner_;
  Request request_;
  HeadFacts facts_;
  Response response_;  // to the current request; a worker writes it during a call
  After after_ = After::next_request;
  Outgoing out_;

  // The body of the current request.
  std::unique_ptr<BodySink> sink_;
  Piece pieces_[2];
  std::optional<Response> early_;  // of the sink; a worker writes it during a call
  ChunkedDecoder chunks_;
  std::uint64_t body_left_ = 0;  // by Content-Length
  std::uint64_t body_read_ = 0;
  std::uint64_t body_limit_ = 0;
  bool invited_ = false;  // nothing stops the client from sending the body
};

}  // namespace packhouse::http
