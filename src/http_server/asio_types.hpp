#pragma once

// Private to http_server/: includes Asio.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>

namespace packhouse::http {

namespace asio = boost::asio;

// Concrete executors everywhere: any_io_executor costs 8 % of a small request.
using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;
template <typename T>
using Await = asio::awaitable<T, Executor>;

inline constexpr asio::use_awaitable_t<Executor> use_await;

}  // namespace packhouse::http
