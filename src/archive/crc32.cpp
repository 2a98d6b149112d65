#include "archive/crc32.hpp"

#include <libdeflate.h>

namespace packhouse::archive {

std::uint32_t crc32(std::uint32_t so_far, std::string_view bytes) noexcept {
  return libdeflate_crc32(so_far, bytes.data(), bytes.size());
}

}  // namespace packhouse::archive
