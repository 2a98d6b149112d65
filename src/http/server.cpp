#include "http/server.hpp"

#include <fmt/format.h>
#include <netinet/tcp.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <csignal>
#include <exception>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "http/session.hpp"

namespace packhouse::http {
namespace {

using boost::system::error_code;
using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, Executor>;
using Endpoint = asio::ip::tcp::endpoint;

constexpr asio::use_awaitable_t<Executor> use_await;
constexpr std::chrono::milliseconds longest_sweep_interval{500};
constexpr std::chrono::milliseconds shortest_sweep_interval{5};
/// After accept() failed for want of descriptors.
constexpr std::chrono::milliseconds accept_pause{50};

/// Who is connected, for the limits. Locked once for a connection, never for a request.
class Admission {
 public:
  Admission(const ServerLimits& limits, const TrustedProxies& proxies) : limits_(limits), proxies_(proxies) {}

  bool enter(const std::string& address) {
    const std::lock_guard lock(mutex_);
    std::size_t& count = counts_[address];
    const bool full = total_ >= limits_.max_connections;
    const bool greedy = count >= limits_.max_connections_per_address && !proxies_.trusts(address);
    if (full || greedy) {
      if (count == 0) counts_.erase(address);
      return false;
    }
    ++count;
    ++total_;
    return true;
  }

  void leave(const std::string& address) noexcept {
    const std::lock_guard lock(mutex_);
    const auto place = counts_.find(address);
    if (--place->second == 0) counts_.erase(place);
    --total_;
  }

 private:
  const ServerLimits& limits_;
  const TrustedProxies& proxies_;
  std::mutex mutex_;
  std::map<std::string, std::size_t, std::less<>> counts_;
  std::size_t total_ = 0;
};

/// A connection's place among those that are admitted.
class Place {
 public:
  Place(Admission& admission, std::string address) : admission_(admission), address_(std::move(address)) {}
  ~Place() { admission_.leave(address_); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

 private:
  Admission& admission_;
  std::string address_;
};

/// One I/O thread: its loop, its listening socket, its sessions, its sweep.
class IoThread {
 public:
  IoThread(const ServerOptions& options, const TrustedProxies& proxies, Handler& handler,
           asio::thread_pool& workers, const std::atomic<bool>& stopping, Admission& admission,
           const TlsCredentials* tls)
      : home_(options, proxies, handler, workers, stopping, tls), admission_(admission) {}

  error_code listen(const Endpoint& endpoint, bool share_port);
  std::uint16_t port() const noexcept { return port_; }
  void run();
  /// From any thread.
  void wake() {
    asio::post(context_, [this] { sweeper_.cancel(); });
  }

 private:
  Await<void> accept_loop();
  Await<void> sweep_loop();
  Await<void> serve(Socket socket, std::string address);
  void admit(Socket socket);
  void refresh_clock();
  bool stop_if_asked();
  std::chrono::milliseconds sweep_interval() const;
  template <typename Loop>
  void spawn(Loop loop);

  asio::io_context context_{1};
  SessionHome home_;
  Admission& admission_;
  Acceptor acceptor_{context_};
  std::uint16_t port_ = 0;
  Timer sweeper_{context_};
  std::int64_t date_ = 0;
  bool stop_begun_ = false;
  SteadyTime stop_deadline_{};
};

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
    if (home_.stopping && home_.sessions.empty()) sweeper_.cancel();
  };
  asio::co_spawn(context_, std::move(loop), std::move(ended));
}

void IoThread::run() {
  refresh_clock();
  spawn(accept_loop());
  spawn(sweep_loop());
  context_.run();
}

Await<void> IoThread::accept_loop() {
  Timer pause(context_);
  while (true) {
    auto [error, socket] = co_await acceptor_.async_accept(asio::as_tuple(use_await));
    // An accept may have been under way when the sweep, which guards every session, ended.
    if (stop_begun_) co_return;
    if (!error) {
      admit(std::move(socket));
    } else {
      pause.expires_after(accept_pause);
      co_await pause.async_wait(asio::as_tuple(use_await));
    }
  }
}

void IoThread::admit(Socket socket) {
  error_code error;
  const auto remote = socket.remote_endpoint(error);
  if (error) return;
  auto address = remote.address();
  // An IPv4 peer of an IPv6 socket keeps its IPv4 name.
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  }
  std::string name = address.to_string();
  socket.native_non_blocking(true, error);
  if (error) return;
  if (!admission_.enter(name)) {
    static constexpr std::string_view busy =
        "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 5\r\nContent-Length: "
        "0\r\n\r\n";
    ::send(socket.native_handle(), busy.data(), busy.size(), MSG_NOSIGNAL);
    return;
  }
  // Answers are complete when they are sent; waiting for more would only delay the last segment.
  socket.set_option(asio::ip::tcp::no_delay(true), error);
  spawn(serve(std::move(socket), std::move(name)));
}

Await<void> IoThread::serve(Socket socket, std::string address) {
  const Place place(admission_, address);
  std::exception_ptr failure;
  {
    Session session(home_, std::move(socket), address);
    try {
      co_await session.converse();
    } catch (...) {
      failure = std::current_exception();
    }
    co_await session.settle();
  }
  if (failure) std::rethrow_exception(failure);
}

Await<void> IoThread::sweep_loop() {
  const auto interval = sweep_interval();
  while (true) {
    refresh_clock();
    for (Session* session : home_.sessions)
      session->sweep();
    if (stop_if_asked()) co_return;
    sweeper_.expires_after(interval);
    co_await sweeper_.async_wait(asio::as_tuple(use_await));
  }
}

void IoThread::refresh_clock() {
  home_.now = std::chrono::steady_clock::now();
  const auto unix_time = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  if (unix_time.time_since_epoch().count() == date_) return;
  date_ = unix_time.time_since_epoch().count();
  home_.common_fields =
      fmt::format("Server: {}\r\nDate: {}\r\n", home_.options.server_header, http_date(date_));
}

/// True when all is done.
bool IoThread::stop_if_asked() {
  if (!home_.stopping) return false;
  if (!stop_begun_) {
    stop_begun_ = true;
    stop_deadline_ = home_.now + home_.options.limits.drain_timeout;
    error_code ignored;
    acceptor_.close(ignored);
    for (Session* session : home_.sessions)
      session->cut_if_idle();
  }
  if (home_.now >= stop_deadline_) {
    for (Session* session : home_.sessions)
      session->cut();
  }
  return home_.sessions.empty();
}

std::chrono::milliseconds IoThread::sweep_interval() const {
  const ServerLimits& limits = home_.options.limits;
  const auto shortest = std::min({limits.head_timeout, limits.idle_timeout, limits.stall_timeout,
                                  limits.rate_grace, limits.drain_timeout});
  return std::clamp(shortest / 8, shortest_sweep_interval, longest_sweep_interval);
}

Error listen_error(const ServerOptions& options, const error_code& error) {
  const std::string where =
      fmt::format("cannot listen on {} port {}: {}", quote(options.address), options.port, error.message());
  if (error == asio::error::address_in_use)
    return {Errc::conflict, where, "choose another port, or stop what uses it"};
  if (error == asio::error::access_denied) return {Errc::forbidden, where, "choose a port from 1024 on"};
  return {Errc::invalid_input, where, "give an address of this machine"};
}

/// With SO_REUSEPORT a second server on the same port would be let in and take half of the connections: a
/// socket without it finds out first.
error_code probe(const Endpoint& endpoint) {
  asio::io_context context;
  Acceptor acceptor(context);
  error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(1, error);
  return error;
}

void raise_file_limit() noexcept {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

/// Threads that start while one of these lives take no signals: those are for the thread that waits for them.
class SignalsBlocked {
 public:
  SignalsBlocked() noexcept {
    sigset_t all;
    sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, &before_);
  }
  ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

unsigned cores() noexcept {
  return std::max(1U, std::thread::hardware_concurrency());
}

}  // namespace

struct Server::Impl {
  Impl(ServerOptions given, TrustedProxies trusted, Handler& application)
      : options(std::move(given)),
        proxies(std::move(trusted)),
        workers(options.worker_threads == 0 ? 4 * cores() : options.worker_threads),
        admission(options.limits, proxies),
        handler(application) {}

  error_code listen(Endpoint endpoint);

  ServerOptions options;
  TrustedProxies proxies;
  std::atomic<bool> stopping = false;
  asio::thread_pool workers;
  Admission admission;
  Handler& handler;
  std::unique_ptr<TlsCredentials> tls;
  std::vector<std::unique_ptr<IoThread>> threads;
};

error_code Server::Impl::listen(Endpoint endpoint) {
  const unsigned count = options.io_threads == 0 ? cores() : options.io_threads;
  if (count > 1 && endpoint.port() != 0) {
    if (const error_code error = probe(endpoint)) return error;
  }
  for (unsigned i = 0; i < count; ++i) {
    threads.push_back(
        std::make_unique<IoThread>(options, proxies, handler, workers, stopping, admission, tls.get()));
    if (const error_code error = threads.back()->listen(endpoint, count > 1)) return error;
    endpoint.port(threads.front()->port());
  }
  return {};
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::listen(ServerOptions options, Handler& handler) {
  error_code error;
  const auto address = asio::ip::make_address(options.address, error);
  if (error) return listen_error(options, error);
  TRY(auto proxies, TrustedProxies::parse(options.trusted_proxies));
  std::signal(SIGPIPE, SIG_IGN);  // it cannot fail for this signal
  raise_file_limit();
  const Endpoint endpoint(address, options.port);
  const SignalsBlocked starting_workers;
  auto impl = std::make_unique<Impl>(std::move(options), std::move(proxies), handler);
  if (impl->options.tls) {
    TRY(impl->tls, TlsCredentials::load(*impl->options.tls));
  }
  error = impl->listen(endpoint);
  if (error) return listen_error(impl->options, error);
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

std::uint16_t Server::port() const noexcept {
  return impl_->threads.front()->port();
}

Result<bool> Server::reload_certificate(bool whatever) {
  if (!impl_->tls) return false;
  if (!whatever) return impl_->tls->reload_if_changed();
  CHECK_OK(impl_->tls->reload());
  return true;
}

void Server::run() {
  std::vector<std::jthread> others;
  {
    const SignalsBlocked starting_threads;
    for (std::size_t i = 1; i < impl_->threads.size(); ++i) {
      others.emplace_back([this, i] { impl_->threads[i]->run(); });
    }
  }
  impl_->threads.front()->run();
  others.clear();
  impl_->workers.join();
}

void Server::stop() noexcept {
  impl_->stopping = true;
  try {
    for (const auto& thread : impl_->threads)
      thread->wake();
  } catch (const std::exception&) {
    // Out of memory: each thread's next sweep sees the flag by itself.
    return;
  }
}

}  // namespace packhouse::http
