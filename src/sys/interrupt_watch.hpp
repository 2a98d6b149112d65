#pragma once

namespace packhouse {

/// During the lifetime of an InterruptWatch, SIGINT and SIGTERM do not end the process: they make fd()
/// readable, and signal() returns which came. A signal that was ignored before stays ignored. The destruction
/// of the last one restores the earlier dispositions, and calls an earlier handler for the signal that came.
/// Thread-safe: any number may exist at once, and one signal reaches all.
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
