#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "archive/byte_source.hpp"

namespace packhouse::archive {

/// Takes some bytes, valid during the call only. False ends the reading.
using ChunkSink = std::function<bool(std::string_view chunk)>;

/// How a raw deflate stream (RFC 1951) ended.
enum class InflateEnd {
  whole,        ///< its last block ended
  invalid,      ///< not deflate
  truncated,    ///< the input ended first
  output_full,  ///< more output than the caller allowed
};

struct InflateResult {
  InflateEnd end = InflateEnd::invalid;
  std::uint64_t consumed = 0;  ///< input bytes that belong to the stream
  std::uint64_t produced = 0;
};

/// Inflates into memory in one call: fastest for what fits into the cache. Reusable, one thread at a time.
class WholeInflater {
 public:
  WholeInflater();
  InflateResult inflate(std::string_view packed, std::span<char> into);

 private:
  struct Free {
    void operator()(void* decompressor) const noexcept;
  };
  std::unique_ptr<void, Free> decompressor_;
};

/// Inflates a range of a source block by block in constant memory (about 0.5 MB). Reusable, one thread at a
/// time. isa-l rather than zlib: 1.7 to 2 times as fast on real shared objects, which is where the bytes of
/// big wheels are.
class StreamInflater {
 public:
  StreamInflater();
  ~StreamInflater();
  StreamInflater(StreamInflater&&) noexcept;
  StreamInflater& operator=(StreamInflater&&) noexcept;

  /// Begins a stream at `offset` of `source`, which must outlive the reading, with at most `length` bytes.
  void start(const ByteSource& source, std::uint64_t offset, std::uint64_t length);

  /// The next block of output, valid until the next call; empty once finished() or failed().
  std::string_view next();

  bool finished() const noexcept;
  bool failed() const noexcept;
  /// `truncated` or `invalid` after a failure, `whole` after the end.
  InflateEnd end() const noexcept;
  /// Input bytes used so far; exact once finished().
  std::uint64_t consumed() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace packhouse::archive
