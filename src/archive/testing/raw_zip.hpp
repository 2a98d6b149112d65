#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace packhouse::archive::testing {

/// A raw deflate stream of `bytes`.
std::string deflate(std::string_view bytes);
std::uint32_t crc32(std::string_view bytes);
/// Little-endian.
std::string le16(std::uint64_t value);
std::string le32(std::uint64_t value);
std::string le64(std::uint64_t value);
/// A zip extra field.
std::string extra_field(std::uint16_t id, std::string_view data);

/// One of the two headers of a zip member. What is unset is the truth.
struct RawHeader {
  std::optional<std::string> name;
  std::optional<std::uint16_t> version_needed;
  std::optional<std::uint16_t> flags;
  std::optional<std::uint16_t> method;
  std::optional<std::uint32_t> dos_time;
  std::optional<std::uint32_t> crc;
  std::optional<std::uint32_t> packed_size;
  std::optional<std::uint32_t> size;
  std::string extra;
};

struct RawZipMember {
  std::string name;
  std::string data;
  bool deflated = true;
  std::uint32_t attributes = 0100644U << 16U;  ///< external; the Unix mode in the upper half
  RawHeader local;
  RawHeader central;
  std::string comment;
  std::optional<std::string> packed;    ///< instead of the packed data
  std::string before;                   ///< bytes before the local header
  std::string after;                    ///< bytes after the data: a descriptor, or a gap
  bool in_directory = true;             ///< has an entry in the central directory
  bool in_body = true;                  ///< has a local header and data
  std::optional<std::uint32_t> offset;  ///< that the central directory states
  std::uint16_t disk = 0;
};

/// Writes a zip byte by byte, right by default, wrong wherever a test says so.
struct RawZip {
  std::string before;
  std::vector<RawZipMember> members;
  std::string before_directory;
  std::string after_directory;
  bool zip64 = false;  ///< with a ZIP64 end record and locator, and sentinels in the end record
  std::optional<std::uint64_t> zip64_count;
  std::optional<std::uint64_t> zip64_record_size;
  std::optional<std::uint16_t> count;
  std::optional<std::uint32_t> directory_size;
  std::optional<std::uint32_t> directory_offset;
  std::uint16_t disk = 0;
  std::string comment;
  std::optional<std::uint16_t> comment_size;
  std::string after;
  /// Adds the size of `before` to every offset, as tools that glue a program to a zip do.
  bool shift_offsets = false;

  /// A member of a sound zip.
  RawZip& add(std::string name, std::string data, bool deflated = true);
  RawZipMember& last() { return members.back(); }
  std::string bytes() const;
};

}  // namespace packhouse::archive::testing
