#include "http_server/outgoing.hpp"

#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include "http_server/tls.hpp"

namespace packhouse::http {
namespace {

/// One connection sends at most this much before the others of its thread are served.
constexpr std::uint64_t max_burst = 4ULL << 20U;

/// Up to here a copy behind the head is cheaper than a second piece to send.
constexpr std::size_t max_copied = 8UL * 1024;

/// The part of a file that is read at a time for encryption: sixteen TLS records.
constexpr std::size_t tls_piece = 256UL * 1024;

Outgoing::State after_error() noexcept {
  return errno == EAGAIN || errno == EINTR ? Outgoing::State::blocked : Outgoing::State::failed;
}

/// Whether it is the socket's, and not the file's.
bool is_of_peer(int error) noexcept {
  constexpr std::array all{EPIPE,        ECONNRESET,  ECONNABORTED, ETIMEDOUT, ENOTCONN,
                           EHOSTUNREACH, ENETUNREACH, ENETDOWN,     ENOBUFS,   ENOMEM};
  return std::ranges::find(all, error) != all.end();
}

}  // namespace

void Outgoing::clear() noexcept {
  if (owns_file_) ::close(file_);
  head_.clear();
  text_ = {};
  prepared_.reset();
  memory_ = {};
  file_ = -1;
  owns_file_ = false;
  growing_.reset();
  file_at_ = file_left_ = sent_ = 0;
  staged_ = {};
  staged_at_ = 0;
  tls_wants_read_ = false;
  fault_.reset();
}

std::string Outgoing::file_fault() const {
  if (!fault_) return {};
  return *fault_ == 0 ? "it is shorter than it was" : std::generic_category().message(*fault_);
}

Outgoing::State Outgoing::fault(int error) noexcept {
  fault_ = error;
  return State::failed;
}

void Outgoing::send_text(std::string body) {
  text_ = std::move(body);
  memory_ = text_;
}

void Outgoing::send_prepared(std::shared_ptr<const Prepared> body) {
  if (body->fd() < 0 && body->size() <= max_copied) {
    head_ += body->body();
    return;
  }
  prepared_ = std::move(body);
  memory_ = prepared_->body();
  if (prepared_->fd() < 0) return;
  file_ = prepared_->fd();
  file_left_ = prepared_->size();
}

void Outgoing::send_file(int fd, std::uint64_t first, std::uint64_t length) noexcept {
  file_ = fd;
  owns_file_ = true;
  file_at_ = first;
  file_left_ = length;
}

void Outgoing::send_growing(std::shared_ptr<GrowingFile> file, std::uint64_t first,
                            std::uint64_t length) noexcept {
  growing_ = std::move(file);
  file_ = growing_->fd();
  file_at_ = first;
  file_left_ = length;
}

/// How much of the file may leave now.
std::uint64_t Outgoing::file_ready() {
  if (!growing_) return file_left_;
  seen_ = growing_->progress();
  if (seen_.state == GrowingFile::State::complete) return file_left_;
  if (seen_.state == GrowingFile::State::failed || file_left_ == 0) return 0;
  const std::uint64_t end = std::min(seen_.size, file_at_ + file_left_ - 1);
  return end - std::min(end, file_at_);
}

/// When the file gives no byte although some are left.
Outgoing::State Outgoing::state_of_hungry() const noexcept {
  return growing_ && seen_.state == GrowingFile::State::growing ? State::starved : State::failed;
}

Outgoing::State Outgoing::pump(int socket) noexcept {
  const State state = pump_memory(socket);
  return state == State::done && file_left_ > 0 ? pump_file(socket) : state;
}

Outgoing::State Outgoing::pump_memory(int socket) noexcept {
  const std::uint64_t all = head_.size() + memory_.size();
  if (sent_ >= all) return State::done;
  // With a file to come the head waits for its first bytes: one segment in place of two.
  const int flags = MSG_NOSIGNAL | (file_ready() > 0 ? MSG_MORE : 0);
  const ssize_t count = memory_.empty() ? ::send(socket, head_.data() + sent_, head_.size() - sent_, flags)
                                        : send_both(socket, flags);
  if (count < 0) return after_error();
  sent_ += static_cast<std::uint64_t>(count);
  return sent_ >= all ? State::done : State::blocked;
}

/// What is left of the head and of the body in memory, in one call.
ssize_t Outgoing::send_both(int socket, int flags) noexcept {
  const std::size_t head_done = std::min<std::size_t>(sent_, head_.size());
  const std::size_t body_done = sent_ - head_done;
  std::array<iovec, 2> parts{{{head_.data() + head_done, head_.size() - head_done},
                              {const_cast<char*>(memory_.data()) + body_done, memory_.size() - body_done}}};
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = parts.size();
  return ::sendmsg(socket, &message, flags);
}

std::string_view Outgoing::next_bytes() {
  if (sent_ < head_.size()) return std::string_view{head_}.substr(sent_);
  const std::uint64_t of_memory = sent_ - head_.size();
  if (of_memory < memory_.size()) return memory_.substr(of_memory);
  if (staged_at_ < staged_.size()) return std::string_view{staged_}.substr(staged_at_);
  if (file_left_ == 0) return {};
  staged_.resize(std::min<std::uint64_t>(file_ready(), tls_piece));
  staged_at_ = 0;
  if (staged_.empty()) return {};
  const ssize_t count = ::pread(file_, staged_.data(), staged_.size(), static_cast<off_t>(file_at_));
  if (count <= 0) fault_ = count < 0 ? errno : 0;
  staged_.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return staged_;
}

Outgoing::State Outgoing::pump(TlsStream& tls) {
  for (std::uint64_t burst = 0; burst < max_burst;) {
    const auto bytes = next_bytes();
    if (bytes.empty()) return file_left_ == 0 ? State::done : state_of_hungry();
    const auto step = tls.write(bytes);
    tls_wants_read_ = step.state == TlsStream::State::wants_read;
    if (tls_wants_read_ || step.state == TlsStream::State::wants_write) return State::blocked;
    if (step.state != TlsStream::State::done) return State::failed;
    const bool of_file = sent_ >= head_.size() + memory_.size();
    if (of_file) {
      staged_at_ += step.count;
      file_at_ += step.count;
      file_left_ -= step.count;
    }
    sent_ += step.count;
    burst += step.count;
  }
  return State::blocked;
}

Outgoing::State Outgoing::pump_file(int socket) noexcept {
  auto offset = static_cast<off_t>(file_at_);
  const std::uint64_t wanted = std::min(file_ready(), max_burst);
  if (wanted == 0) return state_of_hungry();
  const ssize_t count = ::sendfile(socket, file_, &offset, wanted);
  if (count < 0) {
    const auto state = after_error();
    return state == State::failed && !is_of_peer(errno) ? fault(errno) : state;
  }
  if (count == 0) return fault(0);
  const auto moved = static_cast<std::uint64_t>(count);
  file_at_ += moved;
  file_left_ -= moved;
  sent_ += moved;
  return file_left_ == 0 ? State::done : State::blocked;
}

}  // namespace packhouse::http
