#pragma once

// Private to http_server/: includes Asio.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "http_server/asio_types.hpp"
#include "http_server/chunked.hpp"
#include "http_server/io_context.hpp"
#include "http_server/peer_socket.hpp"
#include "http_server/request_head.hpp"
#include "http_server/worker_call.hpp"

namespace packhouse::http {

/// Memory for one piece of a body, used again for the next.
class BodyPiece {
 public:
  /// Afterwards it is empty and has room for at least `room` bytes.
  void allocate(std::size_t room);
  void clear() noexcept { size_ = 0; }
  bool full() const noexcept { return size_ == room_; }
  std::string_view view() const noexcept { return {bytes_.get(), size_}; }
  std::span<char> rest() noexcept { return {bytes_.get() + size_, room_ - size_}; }
  void commit(std::size_t count) noexcept { size_ += count; }

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t room_ = 0;
  std::size_t size_ = 0;
};

/// The bytes of a request's body as they arrive from the peer: framed by Content-Length or chunks, bounded by
/// a limit.
class RequestBody {
 public:
  enum class End {
    more,      ///< the piece is full, or worth handing over
    complete,  ///< the piece holds the body's last bytes
    gone,      ///< the peer is gone
    broken,    ///< the chunks are malformed
    too_long
  };

  RequestBody(const IoContext& context, PeerSocket& socket) : context_(context), socket_(socket) {}

  /// Begins the body of the next request.
  void begin(const HeadFacts& facts, std::uint64_t limit);
  std::uint64_t limit() const noexcept { return limit_; }
  bool announced_too_long() const noexcept { return left_ > limit_; }
  /// The room that a piece needs: `most`, or less for a short body.
  std::size_t piece_size(std::size_t most) const noexcept;

  /// Appends to `piece` until it is full or the body ends. With a `consumer`, also ends when that is idle and
  /// the piece is worth handing over.
  Await<End> read(BodyPiece& piece, const WorkerCall* consumer = nullptr);
  /// Of a body with a length: whether more than `bytes` of it are still to come.
  bool lacks_more_than(std::uint64_t bytes) const noexcept { return left_ > bytes; }
  /// Reads and drops the rest: complete, gone, or too_long for a rest of more than `most` bytes.
  Await<End> drain(std::uint64_t most);

 private:
  End take_buffered(BodyPiece& piece) noexcept;

  const IoContext& context_;
  PeerSocket& socket_;
  bool chunked_ = false;
  ChunkedDecoder decoder_;
  std::uint64_t left_ = 0;     // by Content-Length
  std::uint64_t decoded_ = 0;  // of chunks
  std::uint64_t limit_ = 0;
};

}  // namespace packhouse::http
