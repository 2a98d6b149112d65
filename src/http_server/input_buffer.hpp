#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace packhouse::http {

/// Bytes that were read from a socket and not used yet.
class InputBuffer {
 public:
  static constexpr std::size_t first_bytes = 4UL * 1024;

  std::string_view view() const noexcept { return {bytes_.data() + begin_, end_ - begin_}; }
  bool empty() const noexcept { return begin_ == end_; }
  void consume(std::size_t count) noexcept;
  void clear() noexcept { begin_ = end_ = 0; }
  /// Room for the next bytes, at least one. The buffer grows up to `most` bytes in all; empty if it holds
  /// `most`.
  std::span<char> space(std::size_t most);
  /// The first `count` bytes of the last space() hold input now.
  void commit(std::size_t count) noexcept { end_ += count; }
  /// Frees the memory of an empty buffer that has grown.
  void shrink() noexcept;

 private:
  std::vector<char> bytes_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace packhouse::http
