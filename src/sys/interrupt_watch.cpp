#include "sys/interrupt_watch.hpp"

#include <sys/eventfd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <mutex>
#include <system_error>

#include "sys/file_descriptor.hpp"

namespace packhouse {
namespace {

// Global because a signal handler gets no argument.
std::atomic<int> event{-1};
std::atomic<int> caught{0};
static_assert(std::atomic<int>::is_always_lock_free, "a handler may only touch lock-free atomics");

constexpr std::array watched{SIGINT, SIGTERM};

void handle(int number) {
  const int saved = errno;
  caught.store(number);
  ::eventfd_write(event.load(), 1);
  errno = saved;
}

struct Registry {
  std::mutex mutex;
  int watchers = 0;
  FileDescriptor descriptor;
  std::array<struct sigaction, watched.size()> earlier{};
};

Registry& registry() {
  static Registry instance;
  return instance;
}

bool is_ignored(const struct sigaction& action) {
  return (static_cast<unsigned>(action.sa_flags) & SA_SIGINFO) == 0 && action.sa_handler == SIG_IGN;
}

bool is_default(const struct sigaction& action) {
  return (static_cast<unsigned>(action.sa_flags) & SA_SIGINFO) == 0 && action.sa_handler == SIG_DFL;
}

void install(Registry& state) {
  FileDescriptor descriptor{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  if (!descriptor.valid()) throw std::system_error(errno, std::generic_category(), "eventfd");
  state.descriptor = std::move(descriptor);
  event.store(state.descriptor.get());
  caught.store(0);
  struct sigaction action{};
  action.sa_handler = handle;
  ::sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < watched.size(); ++i) {
    ::sigaction(watched.at(i), nullptr, &state.earlier.at(i));
    if (!is_ignored(state.earlier.at(i))) ::sigaction(watched.at(i), &action, nullptr);
  }
}

void uninstall(Registry& state) {
  const int came = caught.load();
  for (std::size_t i = 0; i < watched.size(); ++i) {
    const auto& earlier = state.earlier.at(i);
    ::sigaction(watched.at(i), &earlier, nullptr);
    if (came == watched.at(i) && !is_default(earlier)) ::raise(came);
  }
  event.store(-1);
  state.descriptor.close();
}

}  // namespace

InterruptWatch::InterruptWatch() {
  Registry& state = registry();
  const std::lock_guard lock(state.mutex);
  if (state.watchers == 0) install(state);
  ++state.watchers;
}

InterruptWatch::~InterruptWatch() {
  Registry& state = registry();
  const std::lock_guard lock(state.mutex);
  if (--state.watchers == 0) uninstall(state);
}

int InterruptWatch::fd() const noexcept {
  return event.load();
}

int InterruptWatch::signal() const noexcept {
  return caught.load();
}

}  // namespace packhouse
