#include "sys/hangup_watch.hpp"

#include <atomic>
#include <csignal>

namespace packhouse {
namespace {

// Global because a signal handler gets no argument.
std::atomic<bool> hung_up{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a handler may only touch lock-free atomics");

struct sigaction& earlier() {
  static struct sigaction action{};
  return action;
}

void note(int /*number*/) {
  hung_up.store(true);
}

}  // namespace

HangupWatch::HangupWatch() {
  hung_up.store(false);
  struct sigaction action{};
  action.sa_handler = note;
  action.sa_flags = SA_RESTART;
  ::sigemptyset(&action.sa_mask);
  ::sigaction(SIGHUP, &action, &earlier());
}

HangupWatch::~HangupWatch() {
  ::sigaction(SIGHUP, &earlier(), nullptr);
}

bool HangupWatch::take() const noexcept {
  return hung_up.exchange(false);
}

}  // namespace packhouse
