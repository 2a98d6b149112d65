#include "http_server/server.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <csignal>
#include <exception>
#include <limits>
#include <thread>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "http_server/io_thread.hpp"

namespace packhouse::http {
namespace {

using boost::system::error_code;

Error listen_error(const ServerOptions& options, const error_code& error) {
  const std::string where =
      fmt::format("cannot listen on {} port {}: {}", quote(options.address), options.port, error.message());
  if (error == asio::error::address_in_use)
    return {Errc::conflict, where, "choose another port, or stop what uses it"};
  if (error == asio::error::access_denied) return {Errc::forbidden, where, "choose a port from 1024 on"};
  return {Errc::invalid_input, where, "give an address of this machine"};
}

/// With SO_REUSEPORT a second server could bind the same port and would take half of the connections: a
/// socket without the option shows first whether the port is taken.
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

/// How many files the process may open then.
std::size_t raise_file_limit() noexcept {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return std::numeric_limits<std::size_t>::max();
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur == RLIM_INFINITY ? std::numeric_limits<std::size_t>::max() : limit.rlim_cur;
}

/// Idle connections must not take the descriptors that uploads, downloads and the database need: a quarter
/// is theirs.
std::size_t connections_within(std::size_t wanted, std::size_t descriptors) noexcept {
  return std::min(wanted, std::max<std::size_t>(descriptors - descriptors / 4, 1));
}

/// Threads that start during its lifetime take no signals: one thread waits for those.
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

/// They do nothing but wait for other servers.
constexpr std::size_t waiting_threads = 64;
constexpr std::size_t waiting_threads_of_lane = 16;

unsigned cores() noexcept {
  return std::max(1U, std::thread::hardware_concurrency());
}

}  // namespace

struct Server::Impl {
  Impl(ServerOptions given, TrustedProxies trusted, Handler& application, IncidentLog* incident_log)
      : incidents(incident_log == nullptr ? own_incidents : *incident_log),
        options(std::move(given)),
        proxies(std::move(trusted)),
        workers(options.worker_threads == 0 ? 4 * cores() : options.worker_threads),
        waiters(waiting_threads, waiting_threads_of_lane, options.waiting_requests),
        admission(options.limits, proxies, incidents),
        handler(application) {}

  error_code listen(Endpoint endpoint);

  IncidentLog own_incidents;
  IncidentLog& incidents;
  ServerOptions options;
  TrustedProxies proxies;
  std::atomic<bool> stopping = false;
  Workers workers;
  Workers waiters;
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
    threads.push_back(std::make_unique<IoThread>(options, proxies, handler, workers, waiters, stopping,
                                                 admission, tls.get(), incidents));
    if (const error_code error = threads.back()->listen(endpoint, count > 1)) return error;
    endpoint.port(threads.front()->port());
  }
  return {};
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::listen(ServerOptions options, Handler& handler,
                                               IncidentLog* incidents) {
  error_code error;
  const auto address = asio::ip::make_address(options.address, error);
  if (error) return listen_error(options, error);
  TRY(auto proxies, TrustedProxies::parse(options.trusted_proxies));
  proxies.assume_encrypted(options.proxies_encrypt);
  std::signal(SIGPIPE, SIG_IGN);  // it cannot fail for this signal
  auto& most = options.limits.max_connections;
  most = connections_within(most, raise_file_limit());
  const Endpoint endpoint(address, options.port);
  const SignalsBlocked starting_workers;
  auto impl = std::make_unique<Impl>(std::move(options), std::move(proxies), handler, incidents);
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

std::size_t Server::connections() const {
  return impl_->admission.total();
}

std::size_t Server::max_connections() const {
  return impl_->admission.most();
}

Status Server::reconfigure(const ServerOptions& options) {
  TRY(auto proxies, TrustedProxies::parse(options.trusted_proxies));
  proxies.assume_encrypted(options.proxies_encrypt);
  auto merged = impl_->options;
  merged.limits = options.limits;
  merged.limits.max_connections = connections_within(options.limits.max_connections, raise_file_limit());
  merged.strict_transport = options.strict_transport;
  impl_->admission.reconfigure(merged.limits, proxies);
  for (const auto& thread : impl_->threads)
    thread->reconfigure(merged, proxies);
  return success();
}

Result<bool> Server::reload_certificate(bool always) {
  if (!impl_->tls) return false;
  if (!always) return impl_->tls->reload_if_changed();
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
  impl_->waiters.join();
}

void Server::stop() noexcept {
  impl_->stopping = true;
  try {
    for (const auto& thread : impl_->threads)
      thread->wake();
  } catch (const std::exception&) {
    // Out of memory: each thread's next sweep sees the flag.
    return;
  }
}

}  // namespace packhouse::http
