#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "sys/file_descriptor.hpp"

namespace packhouse {

/// Writes lines to a descriptor whose reader may be slow or gone, such as a pipe, and never waits for it:
/// what is not taken at once is kept, as far as there is room, and goes first with the next call. Lines that
/// find no room, or that the descriptor refuses (a closed pipe, a full disk), are dropped and counted.
/// Thread-safe. SIGPIPE is ignored by the caller.
class LineWriter {
 public:
  /// `fd` stays the caller's, and open. At most `room` bytes are kept.
  explicit LineWriter(int fd, std::size_t room = 1U << 20U);
  /// Gives a slow reader a second for what is kept.
  ~LineWriter();
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;

  /// With its line end.
  void write(std::string_view line);
  /// Writes what is kept, as far as it is taken now.
  void flush();
  /// Since the start.
  std::uint64_t dropped() const;
  /// How many were dropped since the last call; zero while the descriptor takes nothing, since a line about
  /// it would be dropped as well.
  std::uint64_t take_dropped();

 private:
  enum class Kind { pipe, socket, other };

  /// False: nothing more is taken now.
  bool pump();
  bool is_ready(int patience_ms) const;
  long put(std::string_view bytes) const;
  void drop_kept();

  FileDescriptor own_;  // of the same pipe, and does not block
  int fd_;
  Kind kind_ = Kind::other;
  const std::size_t room_;
  mutable std::mutex mutex_;
  std::string kept_;
  std::size_t done_ = 0;  // of kept_
  bool works_ = true;     // the last write was taken
  std::uint64_t dropped_ = 0;
  std::uint64_t reported_ = 0;
};

}  // namespace packhouse
