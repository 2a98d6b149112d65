#pragma once

namespace packhouse {

/// While one of these lives, SIGINT and SIGTERM do not end the process: they make fd() readable, and
/// signal() tells which came. A signal that was ignored before stays ignored. When the last one goes, the
/// earlier dispositions are back, and a handler that was installed before is called for the signal that came,
/// so that nobody's handler misses it. Thread-safe: any number may live at once, and one signal reaches all.
/// Throws std::system_error when the kernel gives no descriptor.
class InterruptWatch {
 public:
  InterruptWatch();
  InterruptWatch(const InterruptWatch&) = delete;
  InterruptWatch& operator=(const InterruptWatch&) = delete;
  ~InterruptWatch();

  /// For poll(): readable from the first signal on. Never read from it.
  int fd() const noexcept;
  /// SIGINT, SIGTERM, or 0.
  int signal() const noexcept;
};

}  // namespace packhouse
