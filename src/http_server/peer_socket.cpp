#include "http_server/peer_socket.hpp"

#include <sys/socket.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <string_view>
#include <utility>

namespace packhouse::http {

PeerSocket::PeerSocket(const IoContext& context, Socket socket)
    : context_(context),
      socket_(std::move(socket)),
      tls_(context.tls != nullptr ? context.tls->accept(socket_.native_handle()) : nullptr) {}

Await<std::size_t> PeerSocket::read_some(std::span<char> space) {
  if (tls_) co_return co_await read_tls(space);
  const auto [error, count] = co_await read_plain(space);
  co_return error ? 0 : count;
}

Await<std::size_t> PeerSocket::read_tls(std::span<char> space) {
  while (true) {
    const auto step = tls_->read(space);
    if (step.state == TlsStream::State::done) co_return step.count;
    if (step.state == TlsStream::State::plain_http) refuse_plain_http();
    const bool for_reading = step.state == TlsStream::State::wants_read;
    if (!for_reading && step.state != TlsStream::State::wants_write) co_return 0;
    const auto event = for_reading ? asio::socket_base::wait_read : asio::socket_base::wait_write;
    const auto [error] = co_await socket_.async_wait(event, asio::as_tuple(use_await));
    if (error) co_return 0;
  }
}

void PeerSocket::refuse_plain_http() noexcept {
  static constexpr std::string_view answer =
      "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain\r\n"
      "Content-Length: 32\r\n\r\nthis port speaks https, not http";
  ::send(socket_.native_handle(), answer.data(), answer.size(), MSG_NOSIGNAL);
}

Outgoing::State PeerSocket::pump(Outgoing& out) {
  return tls_ ? out.pump(*tls_) : out.pump(socket_.native_handle());
}

Await<Outgoing::State> PeerSocket::flush(Outgoing& out) {
  deadlines_.begin_transfer(context_.now);
  deadlines_.moved(context_.now, out.sent());  // the peer may still be taking these from the kernel
  while (true) {
    const std::uint64_t before = out.sent();
    const auto state = pump(out);
    deadlines_.moved(context_.now, out.sent() - before);
    if (state == Outgoing::State::starved) {
      deadlines_.pause(context_.now);
      co_await wait_for_more(out);
      deadlines_.resume(context_.now);
      continue;
    }
    if (state != Outgoing::State::blocked) co_return state;
    const auto event = out.tls_wants_read() ? asio::socket_base::wait_read : asio::socket_base::wait_write;
    const auto [error] = co_await socket_.async_wait(event, asio::as_tuple(use_await));
    if (error) co_return Outgoing::State::failed;
  }
}

/// The thread that writes the file only posts.
Await<void> PeerSocket::wait_for_more(Outgoing& out) {
  auto park = [this, &out](auto resume) {
    // The guard keeps the I/O thread's loop alive until the file has changed.
    auto wake = [executor = executor(), guard = asio::make_work_guard(executor()),
                 resume = std::move(resume)]() mutable { asio::post(executor, std::move(resume)); };
    out.when_fed(std::move(wake));
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<Executor>, void()>(park, use_await);
}

Await<void> PeerSocket::linger() {
  if (tls_) tls_->close();
  ::shutdown(socket_.native_handle(), SHUT_WR);
  deadlines_.await_close(context_.now);
  std::size_t count = 0;
  do {
    input_.clear();
    count = co_await read_some(input_.space(InputBuffer::first_bytes));
  } while (count > 0);
}

void PeerSocket::abort() noexcept {
  deadlines_.pause(context_.now);
  // A reset, so that the kernel keeps no bytes for a peer that does not read them.
  const struct linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  shut_down();
}

void PeerSocket::shut_down() noexcept {
  ::shutdown(socket_.native_handle(), SHUT_RDWR);
}

}  // namespace packhouse::http
