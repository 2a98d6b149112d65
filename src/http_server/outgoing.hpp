#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/move_only_function.hpp"
#include "http_server/message.hpp"

namespace packhouse::http {

class TlsStream;

/// The bytes of one answer: a head, then a body from memory or from a file. Sends without blocking, and
/// resumes where the socket took no more. Used on one thread.
class Outgoing {
 public:
  enum class State {
    done,
    blocked,  ///< the socket takes no more now: pump again when it is writable
    starved,  ///< growing() has no more now: pump again when it has
    failed    ///< the peer is gone, or the file is shorter than was announced
  };

  Outgoing() = default;
  ~Outgoing() { clear(); }
  Outgoing(const Outgoing&) = delete;
  Outgoing& operator=(const Outgoing&) = delete;

  /// Forgets everything, closes the file; the head's memory stays for the next answer.
  void clear() noexcept;
  /// To be filled by the caller before the first pump().
  std::string& head() noexcept { return head_; }

  void send_text(std::string body);
  void send_prepared(std::shared_ptr<const Prepared> body);
  /// Takes the descriptor.
  void send_file(int fd, std::uint64_t first, std::uint64_t length) noexcept;
  /// The last byte leaves when the file is complete.
  void send_growing(std::shared_ptr<GrowingFile> file, std::uint64_t first, std::uint64_t length) noexcept;

  State pump(int socket) noexcept;
  /// The same through TLS. After `blocked`, tls_wants_read() says what to wait for.
  State pump(TlsStream& tls);
  bool tls_wants_read() const noexcept { return tls_wants_read_; }
  /// After `starved`: calls `wake` once the file has more, or fails.
  void when_fed(MoveOnlyFunction wake) { growing_->on_change(seen_, std::move(wake)); }
  /// After `failed`: what was wrong with the file, in the system's words; empty: the peer is gone.
  std::string file_fault() const;
  /// Bytes that were sent since clear().
  std::uint64_t sent() const noexcept { return sent_; }

 private:
  State pump_memory(int socket) noexcept;
  ssize_t send_both(int socket, int flags) noexcept;
  State pump_file(int socket) noexcept;
  State fault(int error) noexcept;
  std::uint64_t file_ready();
  State state_of_hungry() const noexcept;
  /// The next bytes to send, from any source; empty at the end or when the file cannot be read.
  std::string_view next_bytes();

  std::string head_;
  std::string text_;
  std::shared_ptr<const Prepared> prepared_;
  std::string_view memory_;  // what of the body leaves from memory
  int file_ = -1;
  bool owns_file_ = false;
  std::shared_ptr<GrowingFile> growing_;  // shared with the other answers that send it; null: file_ is whole
  GrowingFile::Progress seen_;            // of growing_, by the last file_ready()
  std::uint64_t file_at_ = 0;
  std::uint64_t file_left_ = 0;
  std::uint64_t sent_ = 0;
  std::string staged_;  // TLS only: what was read of the file and not sent yet
  std::size_t staged_at_ = 0;
  bool tls_wants_read_ = false;
  std::optional<int> fault_;  // of the file: errno, or 0 where it is shorter than was announced
};

}  // namespace packhouse::http
