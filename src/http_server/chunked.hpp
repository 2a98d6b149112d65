#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace packhouse::http {

/// Decodes the chunked coding (RFC 9112 section 7.1) of a body as it arrives. Sans I/O. Not Beast's:
/// version 1.81 asserts on bytes of the peer when the CRLF of the last chunk arrives in two pieces, and does
/// not bound chunk extensions. Extensions and trailer fields are dropped.
class ChunkedDecoder {
 public:
  struct Step {
    std::size_t consumed = 0;  ///< of the input
    std::size_t produced = 0;  ///< into the output
  };

  /// Goes on until the input is used up, the output is full, the body has ended or the framing is broken.
  Step decode(std::string_view input, std::span<char> output) noexcept;
  bool done() const noexcept { return state_ == State::done; }
  bool broken() const noexcept { return state_ == State::broken; }

  /// Bytes of extensions and trailers in one body; more is broken.
  static constexpr std::size_t max_overhead = 16UL * 1024;

 private:
  enum class State {
    size_first,    // the first digit of a size
    size,          // its other digits
    extension,     // after them, up to CR
    size_lf,       // the LF that ends the size line
    data,          //
    data_cr,       // the CRLF behind a chunk's data
    data_lf,       //
    trailer,       // the first byte of a trailer line
    trailer_line,  // the rest of one, up to CR
    trailer_lf,    //
    last_lf,       // the LF of the empty line that ends it all
    done,
    broken
  };

  State next(char c) noexcept;
  State in_size(char c) noexcept;
  State in_line(char c, State end) noexcept;

  State state_ = State::size_first;
  std::uint64_t left_ = 0;  // of the chunk's size while it is read, then of its data
  unsigned digits_ = 0;
  std::size_t overhead_ = 0;
};

}  // namespace packhouse::http
