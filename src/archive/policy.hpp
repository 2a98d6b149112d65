#pragma once

#include <cstdint>

namespace packhouse::archive {

/// What an archive may cost. Every limit is checked against stated sizes before the bytes are read, and
/// again against the bytes themselves, since stated sizes lie.
struct Limits {
  std::uint64_t entries = 100'000;
  std::uint64_t index_bytes = 32U << 20U;   ///< a zip's central directory, or all names of a tar together
  std::uint64_t name_bytes = 1024;          ///< one member's path
  std::uint64_t total_size = 16ULL << 30U;  ///< of all members, unpacked
  /// Unpacked size over packed size, once more than `ratio_from` bytes come out (rule 53 of Warehouse).
  std::uint64_t ratio = 50;
  std::uint64_t ratio_from = 64U << 20U;
};

struct Policy {
  Limits limits;
  /// A zip whose local headers leave CRC and sizes to a record after the data: a reader that streams it and
  /// one that seeks may disagree on where a member ends, so the public index refuses it, and so does this.
  /// Where allowed, each such record must agree with the central directory and with the layout.
  bool data_descriptors = false;
  /// Links in a tar whose target stays inside its own top-level folder (PEP 721). Refused unless set.
  bool links_inside = false;
};

}  // namespace packhouse::archive
