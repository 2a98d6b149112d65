#include "archive/testing/raw_zip.hpp"

#include <libdeflate.h>

#include <memory>
#include <stdexcept>

namespace packhouse::archive::testing {
namespace {

constexpr std::uint32_t some_time = 0x5a21'0000;  // 1 January 2025, midnight

std::string little_endian(std::uint64_t value, std::size_t count) {
  std::string bytes;
  for (std::size_t i = 0; i < count; ++i) {
    bytes.push_back(static_cast<char>(value & 0xffU));
    value >>= 8U;
  }
  return bytes;
}

bool is_ascii(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x80) return false;
  }
  return true;
}

// The part that both headers have, from "version needed" to the lengths.
std::string shared_part(const RawZipMember& member, const RawHeader& header, std::string_view packed,
                        std::string_view name) {
  const auto utf8 = static_cast<std::uint16_t>(is_ascii(member.name) ? 0U : 0x800U);
  const auto method = static_cast<std::uint16_t>(member.deflated ? 8 : 0);
  return le16(header.version_needed.value_or(20)) + le16(header.flags.value_or(utf8)) +
         le16(header.method.value_or(method)) + le32(header.dos_time.value_or(some_time)) +
         le32(header.crc.value_or(crc32(member.data))) +
         le32(header.packed_size.value_or(static_cast<std::uint32_t>(packed.size()))) +
         le32(header.size.value_or(static_cast<std::uint32_t>(member.data.size()))) + le16(name.size()) +
         le16(header.extra.size());
}

}  // namespace

std::string le16(std::uint64_t value) {
  return little_endian(value, 2);
}

std::string le32(std::uint64_t value) {
  return little_endian(value, 4);
}

std::string le64(std::uint64_t value) {
  return little_endian(value, 8);
}

std::string extra_field(std::uint16_t id, std::string_view data) {
  return le16(id) + le16(data.size()) + std::string{data};
}

std::string deflate(std::string_view bytes) {
  const std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)> compressor{
      libdeflate_alloc_compressor(6), &libdeflate_free_compressor};
  std::string packed(libdeflate_deflate_compress_bound(compressor.get(), bytes.size()), '\0');
  packed.resize(libdeflate_deflate_compress(compressor.get(), bytes.data(), bytes.size(), packed.data(),
                                            packed.size()));
  if (packed.empty()) throw std::runtime_error("libdeflate could not compress");
  return packed;
}

std::uint32_t crc32(std::string_view bytes) {
  return libdeflate_crc32(0, bytes.data(), bytes.size());
}

RawZip& RawZip::add(std::string name, std::string data, bool deflated) {
  RawZipMember member;
  if (name.ends_with('/')) {
    deflated = false;
    member.attributes = (040755U << 16U) | 0x10U;
  }
  member.name = std::move(name);
  member.data = std::move(data);
  member.deflated = deflated;
  members.push_back(std::move(member));
  return *this;
}

std::string RawZip::bytes() const {
  std::string out = before;
  std::string directory;
  std::uint64_t entries = 0;
  for (const auto& member : members) {
    out += member.before;
    const auto packed = member.packed.value_or(member.deflated ? deflate(member.data) : member.data);
    const auto local_name = member.local.name.value_or(member.name);
    const auto offset = out.size() - (shift_offsets ? 0 : before.size());
    if (member.in_body) {
      out += "PK\x03\x04" + shared_part(member, member.local, packed, local_name) + local_name +
             member.local.extra + packed;
    }
    out += member.after;
    if (!member.in_directory) continue;
    const auto name = member.central.name.value_or(member.name);
    directory += "PK\x01\x02" + le16(0x0314) + shared_part(member, member.central, packed, name) +
                 le16(member.comment.size()) + le16(member.disk) + le16(0) + le32(member.attributes) +
                 le32(member.offset.value_or(static_cast<std::uint32_t>(offset))) + name +
                 member.central.extra + member.comment;
    ++entries;
  }
  out += before_directory;
  const auto offset = out.size() - (shift_offsets ? 0 : before.size());
  out += directory + after_directory;
  if (zip64) {
    const auto position = out.size();
    const auto stated = zip64_count.value_or(entries);
    out += "PK\x06\x06" + le64(zip64_record_size.value_or(44)) + le16(0x032d) + le16(45) + le32(0) + le32(0) +
           le64(stated) + le64(stated) + le64(directory.size()) + le64(offset);
    out += "PK\x06\x07" + le32(0) + le64(position) + le32(1);
  }
  const auto stated = count.value_or(static_cast<std::uint16_t>(zip64 ? 0xffff : entries));
  out += "PK\x05\x06" + le16(disk) + le16(disk) + le16(stated) + le16(stated) +
         le32(directory_size.value_or(static_cast<std::uint32_t>(zip64 ? 0xffffffff : directory.size()))) +
         le32(directory_offset.value_or(static_cast<std::uint32_t>(zip64 ? 0xffffffff : offset))) +
         le16(comment_size.value_or(static_cast<std::uint16_t>(comment.size()))) + comment + after;
  return out;
}

}  // namespace packhouse::archive::testing
