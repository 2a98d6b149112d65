#include "http/testing/loopback.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "base/text.hpp"

namespace packhouse::http {
namespace {

constexpr timeval patience{.tv_sec = 60, .tv_usec = 0};

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

sockaddr_in loopback(std::uint16_t port) noexcept {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int make_socket() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) fail("socket");
  return fd;
}

/// The port that the socket is bound to; empty for what is no socket of IPv4.
std::optional<std::uint16_t> port_of(int fd) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0 || address.sin_family != AF_INET)
    return std::nullopt;
  return ntohs(address.sin_port);
}

int listening_socket(std::uint16_t& port) {
  const int fd = make_socket();
  const auto address = loopback(0);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || ::listen(fd, 16) != 0) {
    ::close(fd);
    fail("listen");
  }
  port = port_of(fd).value();
  return fd;
}

std::size_t content_length(std::string_view head) {
  std::string lower = ascii_lower(head);
  const std::size_t at = lower.find("\r\ncontent-length:");
  if (at == std::string::npos) return 0;
  const std::string_view rest = std::string_view{lower}.substr(at + 17);
  return parse_decimal(trim(rest.substr(0, rest.find('\r')))).value_or(0);
}

bool has_no_body(std::string_view head) {
  const std::string_view status = head.substr(9, 3);
  return status[0] == '1' || status == "204" || status == "304";
}

}  // namespace

RawConnection::RawConnection(std::uint16_t port) : RawConnection(make_socket(), Adopted{}) {
  const auto address = loopback(port);
  if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail("connect");
}

RawConnection::RawConnection(int fd, Adopted) : fd_(fd) {
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
}

RawConnection::RawConnection(RawConnection&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), buffer_(std::move(other.buffer_)) {}

RawConnection::~RawConnection() {
  if (fd_ >= 0) ::close(fd_);
}

RawConnection& RawConnection::send(std::string_view bytes) {
  if (!try_send(bytes)) fail("send");
  return *this;
}

bool RawConnection::try_send(std::string_view bytes) noexcept {
  while (!bytes.empty()) {
    const ssize_t count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

bool RawConnection::fill() {
  std::array<char, 65536> space{};
  const ssize_t count = ::recv(fd_, space.data(), space.size(), 0);
  if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
    throw std::runtime_error("the peer sent nothing for a minute");
  if (count <= 0) return false;
  buffer_.append(space.data(), static_cast<std::size_t>(count));
  return true;
}

std::string RawConnection::take(std::size_t count) {
  std::string taken = buffer_.substr(0, count);
  buffer_.erase(0, count);
  return taken;
}

std::string RawConnection::read_until(std::string_view mark) {
  std::size_t at = 0;
  while ((at = buffer_.find(mark)) == std::string::npos) {
    if (!fill()) throw std::runtime_error(fmt::format("the peer closed after {}", buffer_));
  }
  return take(at + mark.size());
}

std::string RawConnection::read_exactly(std::size_t count) {
  while (buffer_.size() < count) {
    if (!fill()) throw std::runtime_error("the peer closed early");
  }
  return take(count);
}

std::string RawConnection::read_message(bool bodiless) {
  std::string head = read_until("\r\n\r\n");
  const std::size_t length = bodiless || has_no_body(head) ? 0 : content_length(head);
  return head + read_exactly(length);
}

std::string RawConnection::read_to_end() {
  while (fill()) {
  }
  return std::exchange(buffer_, {});
}

bool RawConnection::wait_for_bytes() {
  return !buffer_.empty() || fill();
}

bool RawConnection::closed_by_peer() const noexcept {
  char next = 0;
  const ssize_t count = ::recv(fd_, &next, 1, MSG_PEEK | MSG_DONTWAIT);
  return count == 0 || (count < 0 && errno != EAGAIN && errno != EWOULDBLOCK);
}

void RawConnection::finish_sending() {
  ::shutdown(fd_, SHUT_WR);
}

void RawConnection::reset() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  ::close(std::exchange(fd_, -1));
}

RawServer::RawServer(std::function<void(RawConnection&)> serve)
    : serve_(std::move(serve)), fd_(listening_socket(port_)), thread_([this] { run(); }) {}

RawServer::~RawServer() {
  stopping_ = true;
  ::shutdown(fd_, SHUT_RDWR);
  thread_.join();
  ::close(fd_);
}

std::string RawServer::url(std::string_view path) const {
  return fmt::format("http://127.0.0.1:{}{}", port_, path);
}

void RawServer::run() {
  while (!stopping_) {
    const int fd = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    auto connection = RawConnection::adopt(fd);
    try {
      serve_(connection);
    } catch (const std::exception& error) {
      fmt::print(stderr, "a raw server's connection ended: {}\n", error.what());
    }
  }
}

bool listens_on(std::uint16_t port) {
  const std::filesystem::directory_iterator open{"/proc/self/fd"};
  return std::ranges::any_of(open, [port](const auto& entry) {
    const auto fd = static_cast<int>(parse_decimal(entry.path().filename().native()).value());
    int listening = 0;
    socklen_t size = sizeof listening;
    return ::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 && listening != 0 &&
           port_of(fd) == port;
  });
}

}  // namespace packhouse::http
