#pragma once

#include <cstdint>
#include <string_view>

namespace packhouse::archive {

/// Reads little-endian numbers and bytes one after the other. Reading past the end gives zeros and an empty
/// view, and clears ok(): check it once after a record.
class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : rest_(bytes) {}

  std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
  std::uint64_t u64() { return number(8); }
  std::string_view bytes(std::size_t count) {
    if (rest_.size() < count) {
      ok_ = false;
      rest_ = {};
      return {};
    }
    const auto taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }

  bool ok() const noexcept { return ok_; }
  bool empty() const noexcept { return rest_.empty(); }
  std::size_t size() const noexcept { return rest_.size(); }

 private:
  std::uint64_t number(std::size_t count) {
    std::uint64_t value = 0;
    unsigned shift = 0;
    for (const char c : bytes(count)) {
      value |= static_cast<std::uint64_t>(static_cast<unsigned char>(c)) << shift;
      shift += 8;
    }
    return value;
  }

  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace packhouse::archive
