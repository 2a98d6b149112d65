#include "http_server/io_thread.hpp"

#include <fmt/format.h>
#include <netinet/tcp.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/address.hpp>
#include <exception>
#include <string_view>
#include <utility>

#include "base/error.hpp"
#include "http_server/answer.hpp"
#include "http_server/connection.hpp"

namespace packhouse::http {
namespace {

using boost::system::error_code;

constexpr std::chrono::milliseconds longest_sweep_interval{500};
constexpr std::chrono::milliseconds shortest_sweep_interval{5};
/// After accept() failed for want of descriptors.
constexpr std::chrono::milliseconds accept_pause{50};

}  // namespace

error_code IoThread::listen(const Endpoint& endpoint, bool share_port) {
  error_code error;
  acceptor_.open(endpoint.protocol(), error);
  if (error) return error;
  acceptor_.set_option(asio::socket_base::reuse_address(true), error);
  const int yes = 1;
  if (share_port) ::setsockopt(acceptor_.native_handle(), SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes);
  acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (!error) port_ = acceptor_.local_endpoint(error).port();
  return error;
}

template <typename Loop>
void IoThread::spawn(Loop loop) {
  auto ended = [this](const std::exception_ptr& failure) {
    try {
      if (failure) std::rethrow_exception(failure);
    } catch (const std::exception& error) {
      spdlog::error("a connection ended by an exception: {}", quote(error.what()));
    }
    if (context_.stopping && context_.connections.empty()) sweeper_.cancel();
  };
  asio::co_spawn(loop_, std::move(loop), std::move(ended));
}

void IoThread::reconfigure(ServerOptions options, TrustedProxies proxies) {
  asio::post(loop_, [this, options = std::move(options), proxies = std::move(proxies)]() mutable {
    options_ = std::move(options);
    proxies_ = std::move(proxies);
    date_ = 0;  // the fields of every answer are made again
    sweeper_.cancel();
  });
}

void IoThread::run() {
  refresh_clock();
  spawn(accept_loop());
  spawn(sweep_loop());
  loop_.run();
}

Await<void> IoThread::accept_loop() {
  Timer pause(loop_);
  while (true) {
    auto [error, socket] = co_await acceptor_.async_accept(asio::as_tuple(use_await));
    // An accept may have been under way when the sweep, which guards every connection, ended.
    if (stop_begun_) co_return;
    if (!error) {
      accept(std::move(socket));
    } else {
      if (error == asio::error::no_descriptors) context_.incidents.note(Incident::descriptors, "");
      pause.expires_after(accept_pause);
      co_await pause.async_wait(asio::as_tuple(use_await));
    }
  }
}

void IoThread::accept(Socket socket) {
  error_code error;
  const auto remote = socket.remote_endpoint(error);
  if (error) return;
  auto address = remote.address();
  // An IPv4 peer of an IPv6 socket is named by its IPv4 address.
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  }
  socket.native_non_blocking(true, error);
  if (error) return;
  auto ticket = admission_.admit(address.to_string());
  if (!ticket) {
    static constexpr std::string_view busy =
        "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 5\r\nContent-Length: "
        "0\r\n\r\n";
    ::send(socket.native_handle(), busy.data(), busy.size(), MSG_NOSIGNAL);
    return;
  }
  // Answers are complete when they are sent; waiting for more would only delay the last segment.
  socket.set_option(asio::ip::tcp::no_delay(true), error);
  spawn(serve(std::move(socket), *std::move(ticket)));
}

Await<void> IoThread::serve(Socket socket, AdmissionTicket ticket) {
  std::exception_ptr failure;
  {
    Connection connection(context_, std::move(socket), ticket.address());
    try {
      co_await connection.serve();
    } catch (...) {
      failure = std::current_exception();
    }
    co_await connection.finish_body();
  }
  if (failure) std::rethrow_exception(failure);
}

Await<void> IoThread::sweep_loop() {
  while (true) {
    refresh_clock();
    for (Connection* connection : context_.connections)
      connection->sweep();
    if (stop_if_asked()) co_return;
    sweeper_.expires_after(sweep_interval());
    co_await sweeper_.async_wait(asio::as_tuple(use_await));
  }
}

void IoThread::refresh_clock() {
  context_.now = std::chrono::steady_clock::now();
  const auto unix_time = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  if (unix_time.time_since_epoch().count() == date_) return;
  date_ = unix_time.time_since_epoch().count();
  const auto& options = context_.options;
  // A browser takes the type that is stated and guesses none from the bytes.
  context_.common_fields = fmt::format("Server: {}\r\nDate: {}\r\nX-Content-Type-Options: nosniff\r\n",
                                       options.server_header, http_date(date_));
  context_.secure_fields = context_.common_fields;
  if (options.strict_transport.count() > 0) {
    context_.secure_fields +=
        fmt::format("Strict-Transport-Security: max-age={}\r\n", options.strict_transport.count());
  }
}

/// True when the server stops and the last connection has ended.
bool IoThread::stop_if_asked() {
  if (!context_.stopping) return false;
  if (!stop_begun_) {
    stop_begun_ = true;
    stop_deadline_ = context_.now + context_.options.limits.drain_timeout;
    error_code ignored;
    acceptor_.close(ignored);
    for (Connection* connection : context_.connections)
      connection->close_if_idle();
  }
  if (context_.now >= stop_deadline_) {
    for (Connection* connection : context_.connections)
      connection->abort();
  }
  return context_.connections.empty();
}

std::chrono::milliseconds IoThread::sweep_interval() const {
  const ServerLimits& limits = context_.options.limits;
  const auto shortest = std::min({limits.head_timeout, limits.idle_timeout, limits.stall_timeout,
                                  limits.rate_grace, limits.drain_timeout, limits.refused_timeout});
  return std::clamp(shortest / 8, shortest_sweep_interval, longest_sweep_interval);
}

}  // namespace packhouse::http
