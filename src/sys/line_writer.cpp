#include "sys/line_writer.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace packhouse {
namespace {

/// A pipe that is ready takes that much without blocking.
constexpr std::size_t piece = 4096;
constexpr int last_patience_ms = 1000;

}  // namespace

/// O_NONBLOCK on `fd` itself would reach all that share it: the pipe is opened once more. Where that is not
/// possible (it belongs to another user), poll() and short pieces have to do.
LineWriter::LineWriter(int fd, std::size_t room) : fd_(fd), room_(room) {
  struct stat info{};
  if (::fstat(fd, &info) != 0) return;
  if (S_ISSOCK(info.st_mode)) kind_ = Kind::socket;
  if (!S_ISFIFO(info.st_mode)) return;
  kind_ = Kind::pipe;
  own_ =
      FileDescriptor{::open(fmt::format("/proc/self/fd/{}", fd).c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC)};
  if (own_.valid()) fd_ = own_.get();
}

LineWriter::~LineWriter() {
  const std::lock_guard lock(mutex_);
  while (!pump() && works_ && is_ready(last_patience_ms)) {
  }
}

void LineWriter::write(std::string_view line) {
  const std::lock_guard lock(mutex_);
  pump();
  if (kept_.size() - done_ + line.size() > room_) {
    ++dropped_;
    return;
  }
  kept_ += line;
  pump();
}

void LineWriter::flush() {
  const std::lock_guard lock(mutex_);
  pump();
}

std::uint64_t LineWriter::dropped() const {
  const std::lock_guard lock(mutex_);
  return dropped_;
}

std::uint64_t LineWriter::take_dropped() {
  const std::lock_guard lock(mutex_);
  if (!pump() || !works_) return 0;
  const auto count = dropped_ - reported_;
  reported_ = dropped_;
  return count;
}

bool LineWriter::pump() {
  while (done_ < kept_.size()) {
    if (!is_ready(0)) return false;
    const auto count = put(std::string_view(kept_).substr(done_, piece));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return false;
    works_ = count > 0;
    if (!works_) {
      drop_kept();
      return false;
    }
    done_ += static_cast<std::size_t>(count);
  }
  kept_.clear();
  done_ = 0;
  return true;
}

/// Also where a write would fail: that says what is wrong.
bool LineWriter::is_ready(int patience_ms) const {
  pollfd descriptor{.fd = fd_, .events = POLLOUT, .revents = 0};
  return ::poll(&descriptor, 1, patience_ms) > 0;
}

long LineWriter::put(std::string_view bytes) const {
  if (kind_ == Kind::socket) return ::send(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  return ::write(fd_, bytes.data(), bytes.size());
}

void LineWriter::drop_kept() {
  dropped_ += static_cast<std::uint64_t>(
      std::count(kept_.begin() + static_cast<std::ptrdiff_t>(done_), kept_.end(), '\n'));
  kept_.clear();
  done_ = 0;
}

}  // namespace packhouse
