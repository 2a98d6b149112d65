#pragma once

#include <cstdint>

#include "archive/member.hpp"

namespace packhouse::archive {

/// What a zip states of a member beside its name.
struct ZipMember : Member {
  std::uint64_t packed_size = 0;
  std::uint64_t header_offset = 0;  ///< of the local header
  std::uint64_t data_offset = 0;
  std::uint32_t crc32 = 0;
  std::uint16_t method = 0;
  std::uint16_t flags = 0;
  std::uint16_t version_needed = 0;
  std::uint32_t dos_time = 0;  ///< date in the upper half, time in the lower, as stored
};

}  // namespace packhouse::archive
