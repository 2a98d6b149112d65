#include "wiring/interrupt_guard.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <thread>

#include "exit_code.hpp"
#include "sys/file_descriptor.hpp"
#include "sys/interrupt_watch.hpp"
#include "wiring/console_output.hpp"

namespace packhouse::app {
namespace {

constexpr int grace_milliseconds = 3000;

}  // namespace

struct InterruptGuard::State {
  explicit State(Path folder) : temporary(std::move(folder)), done(::eventfd(0, EFD_CLOEXEC)) {}

  void watch_signals() const {
    std::array<pollfd, 2> waiting{{{interrupt.fd(), POLLIN, 0}, {done.get(), POLLIN, 0}}};
    while (::poll(waiting.data(), waiting.size(), -1) < 0 && errno == EINTR) {
    }
    if (interrupt.signal() == 0) return;
    pollfd ended{done.get(), POLLIN, 0};
    if (::poll(&ended, 1, grace_milliseconds) > 0) return;
    std::error_code ignored;
    std::filesystem::remove_all(temporary, ignored);
    write_all(STDERR_FILENO, "interrupted: the same command goes on from what is true\n");
    ::_exit(static_cast<int>(ExitCode::interrupted));
  }

  Path temporary;
  InterruptWatch interrupt;
  FileDescriptor done;
  std::thread thread;
};

InterruptGuard::InterruptGuard(Path temporary) : state_(std::make_unique<State>(std::move(temporary))) {
  state_->thread = std::thread([this] { state_->watch_signals(); });
}

InterruptGuard::~InterruptGuard() {
  ::eventfd_write(state_->done.get(), 1);
  state_->thread.join();
}

}  // namespace packhouse::app
