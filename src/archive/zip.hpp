#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "archive/byte_source.hpp"
#include "archive/inflate.hpp"
#include "archive/member.hpp"
#include "archive/policy.hpp"
#include "archive/rules.hpp"
#include "archive/zip_member.hpp"

namespace packhouse::archive {

/// A zip (APPNOTE 6.3.10, as far as wheels use it), read so strictly that every other reader sees the same
/// members: the records must tile the file from its first byte to its last, and whatever is stated twice must
/// agree.
///
/// The constructor reads records only. Its cost is bounded by the limits: the central directory, and one
/// small read for each local header. Not for several threads at once; `source` must outlive it.
class ZipReader {
 public:
  ZipReader(const ByteSource& source, const Policy& policy);

  /// In the order of the central directory. Complete only if readable().
  const std::vector<ZipMember>& members() const noexcept { return members_; }

  /// The layout is sound and every stated size is within the limits, so that members may be inflated. There
  /// can be violations all the same (an unsafe name, say).
  bool readable() const noexcept { return readable_; }

  /// What was wrong so far: the layout, then whatever read() met.
  const Violations& violations() const noexcept { return violations_; }

  /// Inflates one member into `sink` in chunks, never more than its stated size, and checks size and CRC.
  /// False if something was wrong (it is in violations()), if not readable(), or if the sink ended it. Call
  /// it once per member.
  bool read(const ZipMember& member, const ChunkSink& sink);

  /// Every member in the order of the central directory.
  void read_all(MemberSink& sink);

 private:
  bool read_whole(const ZipMember& member, const ChunkSink& sink);
  bool read_stream(const ZipMember& member, const ChunkSink& sink);
  bool read_stored(const ZipMember& member, const ChunkSink& sink);
  bool check_content(const ZipMember& member, std::uint64_t size, std::uint32_t crc);

  const ByteSource& source_;
  Violations violations_;
  std::vector<ZipMember> members_;
  bool readable_ = false;
  WholeInflater whole_;
  std::vector<char> packed_;
  std::vector<char> unpacked_;
  std::unique_ptr<StreamInflater> stream_;
};

/// Whether a reader that looks for a zip's end record at the end of a file would find one: used on files that
/// are to be something else.
bool looks_like_zip_end(const ByteSource& source);

}  // namespace packhouse::archive
