#include "http_server/chunked.hpp"

#include <algorithm>
#include <cstring>

#include "base/text.hpp"

namespace packhouse::http {

ChunkedDecoder::Step ChunkedDecoder::decode(std::string_view input, std::span<char> output) noexcept {
  Step step;
  while (step.consumed < input.size() && !done() && !broken()) {
    if (state_ != State::data) {
      state_ = next(input[step.consumed++]);
      continue;
    }
    const std::size_t room = std::min(input.size() - step.consumed, output.size() - step.produced);
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left_, room));
    if (count == 0) break;
    std::memcpy(output.data() + step.produced, input.data() + step.consumed, count);
    step.consumed += count;
    step.produced += count;
    left_ -= count;
    if (left_ == 0) state_ = State::data_cr;
    digits_ = 0;
  }
  return step;
}

ChunkedDecoder::State ChunkedDecoder::next(char c) noexcept {
  switch (state_) {
    case State::size_first:
      return hex_digit(c) < 0 ? State::broken : in_size(c);
    case State::size:
      return in_size(c);
    case State::extension:
      return in_line(c, State::size_lf);
    case State::size_lf:
      if (c != '\n') return State::broken;
      return left_ == 0 ? State::trailer : State::data;
    case State::data_cr:
      return c == '\r' ? State::data_lf : State::broken;
    case State::data_lf:
      return c == '\n' ? State::size_first : State::broken;
    case State::trailer:
      return c == '\r' ? State::last_lf : in_line(c, State::trailer_lf);
    case State::trailer_line:
      return in_line(c, State::trailer_lf);
    case State::trailer_lf:
      return c == '\n' ? State::trailer : State::broken;
    case State::last_lf:
      return c == '\n' ? State::done : State::broken;
    case State::data:
    case State::done:
    case State::broken:
      break;
  }
  return State::broken;
}

ChunkedDecoder::State ChunkedDecoder::in_size(char c) noexcept {
  const int digit = hex_digit(c);
  if (digit < 0) {
    if (c == '\r') return State::size_lf;
    return c == ';' || c == ' ' || c == '\t' ? in_line(c, State::size_lf) : State::broken;
  }
  // Sixteen digits fill the number: more would overflow, or are zeros that no honest client sends.
  if (++digits_ > 16) return State::broken;
  left_ = left_ * 16 + static_cast<std::uint64_t>(digit);
  return State::size;
}

/// One byte of an extension or a trailer line.
ChunkedDecoder::State ChunkedDecoder::in_line(char c, State end) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  if (c == '\r') return end;
  if ((byte < 0x20 && c != '\t') || byte == 0x7f || ++overhead_ > max_overhead) return State::broken;
  return end == State::size_lf ? State::extension : State::trailer_line;
}

}  // namespace packhouse::http
