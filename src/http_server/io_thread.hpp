#pragma once

// Private to http_server/: includes Asio.

#include <atomic>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/error_code.hpp>
#include <chrono>
#include <cstdint>
#include <utility>

#include "http_server/admission.hpp"
#include "http_server/asio_types.hpp"
#include "http_server/io_context.hpp"

namespace packhouse::http {

using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, Executor>;
using Endpoint = asio::ip::tcp::endpoint;

/// One I/O thread: its loop, its listening socket, its connections, its sweep.
class IoThread {
 public:
  IoThread(ServerOptions options, TrustedProxies proxies, Handler& handler, Workers& workers,
           Workers& waiters, const std::atomic<bool>& stopping, Admission& admission,
           const TlsCredentials* tls, IncidentLog& incidents)
      : options_(std::move(options)),
        proxies_(std::move(proxies)),
        context_(options_, proxies_, handler, workers, waiters, stopping, tls, incidents),
        admission_(admission) {}

  boost::system::error_code listen(const Endpoint& endpoint, bool share_port);
  std::uint16_t port() const noexcept { return port_; }
  /// Serves until the server stops and the last connection has ended.
  void run();
  /// From any thread: has the thread look at `stopping` at once.
  void wake() {
    asio::post(loop_, [this] { sweeper_.cancel(); });
  }
  /// From any thread: what its connections go by from the next sweep on.
  void reconfigure(ServerOptions options, TrustedProxies proxies);

 private:
  Await<void> accept_loop();
  Await<void> sweep_loop();
  Await<void> serve(Socket socket, AdmissionTicket ticket);
  void accept(Socket socket);
  void refresh_clock();
  bool stop_if_asked();
  std::chrono::milliseconds sweep_interval() const;
  template <typename Loop>
  void spawn(Loop loop);

  asio::io_context loop_{1};
  ServerOptions options_;
  TrustedProxies proxies_;
  IoContext context_;
  Admission& admission_;
  Acceptor acceptor_{loop_};
  std::uint16_t port_ = 0;
  Timer sweeper_{loop_};
  std::int64_t date_ = 0;
  bool stop_begun_ = false;
  SteadyTime stop_deadline_{};
};

}  // namespace packhouse::http
