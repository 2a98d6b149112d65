#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/digest.hpp"
#include "blob/blob_store.hpp"

namespace packhouse::index {

enum class BlobState {
  sound,
  missing,
  wrong_bytes,
  unreadable,  ///< the disk fails, or the process has no descriptors
};

/// "missing", "other bytes", …: as the ledger and audit have it.
std::string_view to_string(BlobState state) noexcept;

struct BlobReading {
  BlobState state = BlobState::missing;
  std::uint64_t size = 0;  ///< what was read
};

/// Reads a blob from its first byte to its last and compares its digest.
BlobReading read_again(BlobStore& blobs, const Sha256& digest);

}  // namespace packhouse::index
