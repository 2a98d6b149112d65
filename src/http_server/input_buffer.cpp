#include "http_server/input_buffer.hpp"

#include <algorithm>
#include <cstring>

namespace packhouse::http {

void InputBuffer::consume(std::size_t count) noexcept {
  begin_ += count;
  if (begin_ == end_) clear();
}

std::span<char> InputBuffer::space(std::size_t most) {
  if (end_ == bytes_.size() && begin_ > 0) {
    std::memmove(bytes_.data(), bytes_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == bytes_.size() && end_ < most) {
    bytes_.resize(std::min(most, std::max(first_bytes, bytes_.size() * 2)));
  }
  return {bytes_.data() + end_, bytes_.size() - end_};
}

void InputBuffer::shrink() noexcept {
  if (empty() && bytes_.size() > first_bytes) bytes_ = {};
}

}  // namespace packhouse::http
