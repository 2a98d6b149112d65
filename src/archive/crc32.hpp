#pragma once

#include <cstdint>
#include <string_view>

namespace packhouse::archive {

/// CRC-32 as zip and gzip have it (RFC 1952, section 8) of what gave `so_far` and then these bytes; 0 to
/// begin with. It finds accidents, not intent.
std::uint32_t crc32(std::uint32_t so_far, std::string_view bytes) noexcept;

}  // namespace packhouse::archive
