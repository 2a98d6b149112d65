#include "archive/zip_layout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>

#include "archive/little_endian.hpp"
#include "archive/names.hpp"
#include "base/text.hpp"

namespace packhouse::archive {
namespace {

// Section numbers are those of APPNOTE.TXT 6.3.10.
constexpr std::string_view local_signature{"PK\x03\x04", 4};
constexpr std::string_view central_signature{"PK\x01\x02", 4};
constexpr std::string_view end_signature{"PK\x05\x06", 4};
constexpr std::string_view end64_signature{"PK\x06\x06", 4};
constexpr std::string_view locator_signature{"PK\x06\x07", 4};
constexpr std::string_view descriptor_signature{"PK\x07\x08", 4};

constexpr std::uint64_t local_size = 30;
constexpr std::uint64_t central_size = 46;
constexpr std::uint64_t end_size = 22;
constexpr std::uint64_t end64_size = 56;
constexpr std::uint64_t locator_size = 20;
constexpr std::uint64_t max_comment = 0xffff;

constexpr std::uint64_t sentinel16 = 0xffff;
constexpr std::uint64_t sentinel32 = 0xffffffff;

constexpr std::uint16_t flag_encrypted = 1U << 0U;
constexpr std::uint16_t flag_level = 3U << 1U;
constexpr std::uint16_t flag_descriptor = 1U << 3U;
constexpr std::uint16_t flag_strong_encryption = 1U << 6U;
constexpr std::uint16_t flag_utf8 = 1U << 11U;
constexpr std::uint16_t flag_masked_headers = 1U << 13U;

constexpr std::uint16_t extra_zip64 = 0x0001;
constexpr std::uint16_t extra_unicode_path = 0x7075;

std::string read_range(const ByteSource& source, std::uint64_t offset, std::uint64_t count) {
  std::string bytes(static_cast<std::size_t>(count), '\0');
  source.read_at(offset, bytes);
  return bytes;
}

std::uint16_t u16_at(std::string_view bytes, std::size_t offset) {
  return Cursor{bytes.substr(offset)}.u16();
}

// ---------------------------------------------------------------- end of central directory (4.3.14
// to 4.3.16)

struct EndRecord {
  std::uint64_t position = 0;  // where the central directory must end
  std::uint64_t count = 0;
  std::uint64_t directory_size = 0;
  std::uint64_t directory_offset = 0;
};

// The last bytes of the file, as far back as an end record with the longest comment can begin.
struct Tail {
  std::string bytes;
  std::uint64_t offset = 0;
};

Tail read_tail(const ByteSource& source) {
  const auto count = std::min(source.size(), end_size + max_comment);
  return {read_range(source, source.size() - count, count), source.size() - count};
}

// Where the end record is, or nothing. Readers differ in how they search: the last signature, the first one,
// the one whose comment fits. All agree only if there is one candidate, and it fits.
std::optional<std::size_t> find_end(const Tail& tail, Violations& violations) {
  const std::string_view bytes = tail.bytes;
  const auto last = bytes.rfind(end_signature);
  if (last == std::string_view::npos || bytes.size() - last < end_size) {
    violations.add(Rule::zip_end_record, fmt::format("none in the last {} bytes", bytes.size()));
    return std::nullopt;
  }
  const auto fits = [&](std::size_t at) {
    return bytes.size() - at >= end_size && at + end_size + u16_at(bytes, at + 20) == bytes.size();
  };
  for (auto at = bytes.find(end_signature); at < last; at = bytes.find(end_signature, at + 1)) {
    if (!fits(at)) continue;
    violations.add(Rule::zip_end_record,
                   fmt::format("two, at bytes {} and {}", tail.offset + at, tail.offset + last));
    return std::nullopt;
  }
  if (!fits(last)) {
    const auto stated = last + end_size + u16_at(bytes, last + 20);
    if (stated < bytes.size()) {
      violations.add(Rule::zip_trailing_data, fmt::format("{} bytes more", bytes.size() - stated));
    } else {
      violations.add(Rule::truncated,
                     fmt::format("{} bytes of the archive comment are missing", stated - bytes.size()));
    }
    return std::nullopt;
  }
  return last;
}

// The same fact in the 32-bit and the 64-bit record: the first is a sentinel or the same number.
bool agree(std::uint64_t narrow, std::uint64_t sentinel, std::uint64_t wide) {
  return narrow == sentinel || narrow == wide;
}

bool read_end64(const ByteSource& source, std::uint64_t end_position, EndRecord& end,
                Violations& violations) {
  const auto refuse = [&](std::string found) {
    violations.add(Rule::zip_zip64, std::move(found));
    return false;
  };
  const auto locator_bytes = read_range(source, end_position - locator_size, locator_size);
  Cursor locator{std::string_view{locator_bytes}.substr(4)};
  const auto locator_disk = locator.u32();
  const auto position = locator.u64();
  const auto disks = locator.u32();
  // Version 1 of the record, with no extensible data, stands directly before its locator.
  if (end_position - locator_size < end64_size || position != end_position - locator_size - end64_size) {
    return refuse("an end record locator that does not point at the record before it");
  }
  const auto bytes = read_range(source, position, end64_size);
  Cursor record{bytes};
  if (record.bytes(4) != end64_signature) return refuse("no end record where its locator points");
  if (record.u64() != end64_size - 12) return refuse("an end record with extensible data");
  record.u16();  // version made by
  record.u16();  // version needed
  const auto disk = record.u32();
  const auto directory_disk = record.u32();
  const auto count_here = record.u64();
  const auto count = record.u64();
  const auto directory_size = record.u64();
  const auto directory_offset = record.u64();
  if (locator_disk != 0 || disks > 1 || disk != 0 || directory_disk != 0 || count_here != count) {
    violations.add(Rule::zip_disks, "more than one in the ZIP64 records");
    return false;
  }
  if (!agree(end.count, sentinel16, count) || !agree(end.directory_size, sentinel32, directory_size) ||
      !agree(end.directory_offset, sentinel32, directory_offset)) {
    return refuse("end records that disagree");
  }
  end = {position, count, directory_size, directory_offset};
  return true;
}

bool read_end(const ByteSource& source, EndRecord& end, Violations& violations) {
  const auto tail = read_tail(source);
  const auto at = find_end(tail, violations);
  if (!at) return false;
  Cursor record{std::string_view{tail.bytes}.substr(*at + 4)};
  const auto disk = record.u16();
  const auto directory_disk = record.u16();
  const auto count_here = record.u16();
  end.count = record.u16();
  end.directory_size = record.u32();
  end.directory_offset = record.u32();
  end.position = tail.offset + *at;
  const auto is_64 =
      end.position >= locator_size && read_range(source, end.position - locator_size, 4) == locator_signature;
  if (disk != 0 || directory_disk != 0 || count_here != end.count) {
    violations.add(Rule::zip_disks, "more than one in the end record");
    return false;
  }
  if (is_64) return read_end64(source, end.position, end, violations);
  if (end.count == sentinel16 || end.directory_size == sentinel32 || end.directory_offset == sentinel32) {
    violations.add(Rule::zip_zip64, "an end record that points to a ZIP64 one, and none is there");
    return false;
  }
  return true;
}

// ---------------------------------------------------------------- extra fields (4.5)

struct Extras {
  std::optional<std::string_view> zip64;
  std::optional<std::string_view> unicode_path;
};

// A record that is being read, for messages; building those for every sound member would cost as much as the
// reading.
struct Place {
  std::string_view record;
  std::string_view member;
  std::string str() const { return fmt::format("{} {}", record, quote(member)); }
};

std::optional<Extras> read_extras(std::string_view bytes, const Place& place, Violations& violations) {
  Extras extras;
  std::vector<std::uint16_t> seen;
  Cursor cursor{bytes};
  while (!cursor.empty()) {
    const auto id = cursor.u16();
    const auto size = cursor.u16();
    const auto data = cursor.bytes(size);
    if (!cursor.ok()) {
      violations.add(Rule::zip_extra, "an extra field that is cut short in " + place.str());
      return std::nullopt;
    }
    if (std::ranges::find(seen, id) != seen.end()) {
      violations.add(Rule::zip_extra,
                     fmt::format("two extra fields of kind 0x{:04x} in {}", id, place.str()));
      return std::nullopt;
    }
    seen.push_back(id);
    if (id == extra_zip64) extras.zip64 = data;
    if (id == extra_unicode_path) extras.unicode_path = data;
  }
  return extras;
}

// A field of a header that its ZIP64 extra may replace.
struct Wide {
  std::uint64_t* value;
  std::uint64_t sentinel;
  std::size_t size;  // in the extra: 8, and 4 for the disk
};

// Replaces sentinels by the values of the ZIP64 extra (4.5.3). The spec wants exactly the replaced fields;
// some writers give all of them, which is harmless as long as they repeat the header.
bool apply_zip64(const std::optional<std::string_view>& extra, std::span<const Wide> fields) {
  const auto is_sentinel = [](const Wide& field) { return *field.value == field.sentinel; };
  if (!extra) return std::ranges::none_of(fields, is_sentinel);
  std::size_t needed = 0;
  for (const auto& field : fields)
    needed += is_sentinel(field) ? field.size : 0;
  const bool exact = needed == extra->size();
  Cursor cursor{*extra};
  for (const auto& field : fields) {
    if (exact && !is_sentinel(field)) continue;
    if (cursor.empty()) return std::ranges::none_of(fields, is_sentinel);
    const auto value = field.size == 8 ? cursor.u64() : cursor.u32();
    if (!cursor.ok()) return false;
    if (!is_sentinel(field) && *field.value != value) return false;
    *field.value = value;
  }
  return cursor.empty();
}

// Info-ZIP's second name (4.6.9): version, CRC of the stored name, the name in UTF-8.
bool is_same_name(std::string_view unicode_path, std::string_view name) {
  return unicode_path.size() > 5 && unicode_path[0] == 1 && unicode_path.substr(5) == name;
}

// ---------------------------------------------------------------- central directory (4.3.12)

MemberType type_of(std::string_view name, std::uint32_t external_attributes, Violations& violations) {
  constexpr std::uint32_t regular = 8;
  constexpr std::uint32_t directory = 4;
  constexpr std::uint32_t symlink = 10;
  // Readers differ in whether they look at the system that made the entry, so its Unix type always counts.
  const auto unix_type = external_attributes >> 28U;
  const bool named_directory = name.ends_with('/');
  const bool dos_directory = (external_attributes & 0x10U) != 0;
  if (unix_type == symlink) {
    violations.add(Rule::member_symlink, quote(name));
    return MemberType::symlink;
  }
  if (unix_type != 0 && unix_type != regular && unix_type != directory) {
    violations.add(Rule::member_special, fmt::format("{} of type {}", quote(name), unix_type));
    return MemberType::special;
  }
  const bool says_directory = unix_type == directory || dos_directory;
  if ((says_directory && !named_directory) || (unix_type == regular && named_directory)) {
    violations.add(Rule::member_type,
                   quote(name) + (named_directory ? ", whose mode says that it is a file"
                                                  : ", whose mode says that it is a directory"));
  }
  return named_directory ? MemberType::directory : MemberType::file;
}

void check_flags(const ZipMember& member, const Policy& policy, Violations& violations) {
  const auto name = [&member] { return quote(member.name); };
  const auto flags = member.flags;
  if ((flags & (flag_encrypted | flag_strong_encryption | flag_masked_headers)) != 0) {
    violations.add(Rule::zip_encryption, name());
  }
  if ((flags & flag_descriptor) != 0 && !policy.data_descriptors)
    violations.add(Rule::zip_data_descriptor, name());
  constexpr auto known = flag_encrypted | flag_level | flag_descriptor | flag_strong_encryption | flag_utf8 |
                         flag_masked_headers;
  if ((flags & ~known) != 0)
    violations.add(Rule::zip_flags, fmt::format("flags 0x{:04x} of {}", flags, name()));
  if (member.method != 0 && member.method != 8) {
    violations.add(Rule::zip_method, fmt::format("method {} of {}", member.method, name()));
  }
  const bool ascii = std::ranges::all_of(member.name, [](char c) { return (c & '\x80') == 0; });
  if (!ascii && (flags & flag_utf8) == 0) {
    violations.add(Rule::name_encoding, "not ASCII and not flagged as UTF-8: " + name());
  }
}

void check_stated(const ZipMember& member, Violations& violations) {
  if (member.type == MemberType::directory && member.size != 0) {
    violations.add(Rule::member_type,
                   fmt::format("a directory of {} bytes: {}", member.size, quote(member.name)));
  }
  if ((member.mode & 07000U) != 0) {
    violations.add(Rule::member_mode, fmt::format("mode {:04o} of {}", member.mode, quote(member.name)));
  }
  if (member.method == 0 && member.packed_size != member.size) {
    violations.add(Rule::zip_size, fmt::format("{} bytes stored as {}: {}", member.size, member.packed_size,
                                               quote(member.name)));
  }
}

// One record. Nothing if the directory cannot be read further.
std::optional<ZipMember> read_central(Cursor& cursor, const Policy& policy, Violations& violations) {
  if (cursor.bytes(4) != central_signature) return std::nullopt;
  ZipMember member;
  cursor.u16();  // version made by
  member.version_needed = cursor.u16();
  member.flags = cursor.u16();
  member.method = cursor.u16();
  member.dos_time = cursor.u32();
  member.crc32 = cursor.u32();
  member.packed_size = cursor.u32();
  member.size = cursor.u32();
  const auto name_size = cursor.u16();
  const auto extra_size = cursor.u16();
  const auto comment_size = cursor.u16();
  std::uint64_t disk = cursor.u16();
  cursor.u16();  // internal attributes
  const auto attributes = cursor.u32();
  member.header_offset = cursor.u32();
  member.name = cursor.bytes(name_size);
  const auto extra = cursor.bytes(extra_size);
  cursor.bytes(comment_size);
  if (!cursor.ok()) return std::nullopt;

  const Place place{"the central directory for", member.name};
  const auto extras = read_extras(extra, place, violations);
  if (!extras) return std::nullopt;
  const std::array<Wide, 4> fields{Wide{&member.size, sentinel32, 8},
                                   Wide{&member.packed_size, sentinel32, 8},
                                   Wide{&member.header_offset, sentinel32, 8}, Wide{&disk, sentinel16, 4}};
  if (!apply_zip64(extras->zip64, fields)) {
    violations.add(Rule::zip_zip64, "an extra field that does not fit " + place.str());
    return std::nullopt;
  }
  if (disk != 0) violations.add(Rule::zip_disks, fmt::format("disk {} for {}", disk, quote(member.name)));
  if (comment_size != 0)
    violations.add(Rule::zip_comment, fmt::format("{} bytes on {}", comment_size, quote(member.name)));
  if (extras->unicode_path && !is_same_name(*extras->unicode_path, member.name)) {
    violations.add(Rule::zip_unicode_extra, "another name in " + place.str());
  }
  member.mode = (attributes >> 16U) & 07777U;
  member.type = type_of(member.name, attributes, violations);
  check_flags(member, policy, violations);
  check_stated(member, violations);
  check_path(member.name, policy.limits, violations);
  return member;
}

bool read_directory(const ByteSource& source, const EndRecord& end, const Policy& policy,
                    std::vector<ZipMember>& members, Violations& violations) {
  const auto bytes = read_range(source, end.directory_offset, end.directory_size);
  Cursor cursor{bytes};
  members.reserve(static_cast<std::size_t>(end.count));
  for (std::uint64_t i = 0; i < end.count; ++i) {
    auto member = read_central(cursor, policy, violations);
    if (!member) {
      violations.add(Rule::zip_directory, fmt::format("{} members stated, {} read", end.count, i));
      return false;
    }
    members.push_back(std::move(*member));
  }
  if (!cursor.empty()) {
    violations.add(
        Rule::zip_directory,
        fmt::format("{} bytes after the {} members that the end record states", cursor.size(), end.count));
    return false;
  }
  return true;
}

// ---------------------------------------------------------------- limits

bool directory_fits(const ByteSource& source, const EndRecord& end, const Policy& policy,
                    Violations& violations) {
  const auto& limits = policy.limits;
  if (end.count > limits.entries) {
    violations.add(Rule::limit_entries, fmt::format("{} (limit {})", end.count, limits.entries));
    return false;
  }
  if (end.directory_size > limits.index_bytes) {
    violations.add(Rule::limit_index, fmt::format("a central directory of {} bytes (limit {})",
                                                  end.directory_size, limits.index_bytes));
    return false;
  }
  if (end.directory_size <= end.position && end.directory_offset == end.position - end.directory_size &&
      end.count <= end.directory_size / central_size) {
    return true;
  }
  const auto start = read_range(source, 0, std::min<std::uint64_t>(4, source.size()));
  const bool shifted = end.directory_size <= end.position &&
                       end.directory_offset < end.position - end.directory_size && start != local_signature &&
                       start != end_signature;
  if (shifted) {
    violations.add(
        Rule::zip_prepended_data,
        fmt::format("{} bytes before the zip", end.position - end.directory_size - end.directory_offset));
  } else {
    violations.add(Rule::zip_directory,
                   fmt::format("{} members in {} bytes at {}, which should end at {}", end.count,
                               end.directory_size, end.directory_offset, end.position));
  }
  return false;
}

bool sizes_fit(const ByteSource& source, std::span<const ZipMember> members, const Limits& limits,
               Violations& violations) {
  std::uint64_t total = 0;
  for (const auto& member : members) {
    if (member.size > limits.total_size || total + member.size > limits.total_size) {
      violations.add(Rule::limit_size, fmt::format("more than {} bytes stated", limits.total_size));
      return false;
    }
    total += member.size;
  }
  if (total > limits.ratio_from && total / limits.ratio >= source.size()) {
    violations.add(Rule::limit_ratio,
                   fmt::format("{} bytes in {} (limit {} to 1)", total, source.size(), limits.ratio));
    return false;
  }
  return true;
}

// ---------------------------------------------------------------- local headers (4.3.7) and layout

struct LocalHeader {
  std::uint16_t version_needed = 0;
  std::uint16_t flags = 0;
  std::uint16_t method = 0;
  std::uint32_t dos_time = 0;
  std::uint32_t crc32 = 0;
  std::uint64_t packed_size = 0;
  std::uint64_t size = 0;
  std::string name;
  std::uint64_t data_offset = 0;
};

// Nothing without one, or if it does not end before `limit`.
std::optional<LocalHeader> read_local(const ByteSource& source, const ZipMember& member, std::uint64_t limit,
                                      Violations& violations) {
  const Place place{"the local header of", member.name};
  const auto refuse = [&](std::string_view found) {
    violations.add(Rule::zip_local_header, fmt::format("{} for {}", found, quote(member.name)));
    return std::nullopt;
  };
  if (limit < local_size || member.header_offset > limit - local_size) return refuse("none");
  // Nearly always enough for name and extra fields as well.
  const auto guess = std::min(local_size + member.name.size() + 64, limit - member.header_offset);
  auto bytes = read_range(source, member.header_offset, guess);
  Cursor cursor{bytes};
  if (cursor.bytes(4) != local_signature) return refuse("no signature");
  LocalHeader local;
  local.version_needed = cursor.u16();
  local.flags = cursor.u16();
  local.method = cursor.u16();
  local.dos_time = cursor.u32();
  local.crc32 = cursor.u32();
  local.packed_size = cursor.u32();
  local.size = cursor.u32();
  const std::uint64_t name_size = cursor.u16();
  const std::uint64_t extra_size = cursor.u16();
  const auto total = local_size + name_size + extra_size;
  if (total > limit - member.header_offset) return refuse("one that runs into the central directory");
  if (total > bytes.size()) bytes = read_range(source, member.header_offset, total);
  Cursor rest{std::string_view{bytes}.substr(local_size)};
  local.name = rest.bytes(static_cast<std::size_t>(name_size));
  const auto extras = read_extras(rest.bytes(static_cast<std::size_t>(extra_size)), place, violations);
  if (!extras) return std::nullopt;
  const std::array<Wide, 2> fields{Wide{&local.size, sentinel32, 8}, Wide{&local.packed_size, sentinel32, 8}};
  if (!apply_zip64(extras->zip64, fields)) {
    violations.add(Rule::zip_zip64, "an extra field that does not fit " + place.str());
    return std::nullopt;
  }
  if (extras->unicode_path && !is_same_name(*extras->unicode_path, local.name)) {
    violations.add(Rule::zip_unicode_extra, "another name in " + place.str());
  }
  local.data_offset = member.header_offset + total;
  return local;
}

// Every field twice, and both the same.
bool compare_headers(const LocalHeader& local, const ZipMember& central, Violations& violations) {
  bool same = true;
  const auto differ = [&](std::string_view field, const auto& here, const auto& there) {
    violations.add(Rule::zip_local_header, fmt::format("{} {} there, {} in the central directory, for {}",
                                                       field, here, there, quote(central.name)));
    same = false;
  };
  const auto require = [&](std::string_view field, std::uint64_t here, std::uint64_t there) {
    if (here != there) differ(field, here, there);
  };
  if (local.name != central.name) differ("name", quote(local.name), quote(central.name));
  require("version needed", local.version_needed, central.version_needed);
  require("flags", local.flags, central.flags);
  require("method", local.method, central.method);
  require("time", local.dos_time, central.dos_time);
  // With a data descriptor the local header holds zeros, or already the truth (4.4.4, bit 3).
  const bool later = (central.flags & flag_descriptor) != 0;
  const auto require_sum = [&](std::string_view field, std::uint64_t here, std::uint64_t there) {
    if (!later || here != 0) require(field, here, there);
  };
  require_sum("CRC", local.crc32, central.crc32);
  require_sum("packed size", local.packed_size, central.packed_size);
  require_sum("size", local.size, central.size);
  return same;
}

// The record of 12, 16, 20 or 24 bytes between a member's data and the next header (4.3.9): with or without
// signature, with narrow or wide sizes. The layout leaves no choice which.
bool check_descriptor(const ByteSource& source, std::uint64_t from, std::uint64_t to, const ZipMember& member,
                      Violations& violations) {
  const auto size = to - from;
  if (size == 12 || size == 16 || size == 20 || size == 24) {
    const auto bytes = read_range(source, from, size);
    Cursor cursor{bytes};
    const bool is_signed = size == 16 || size == 24;
    const bool is_wide = size >= 20;
    const bool signature_ok = !is_signed || cursor.bytes(4) == descriptor_signature;
    const bool crc_ok = cursor.u32() == member.crc32;
    const bool packed_ok = (is_wide ? cursor.u64() : cursor.u32()) == member.packed_size;
    const bool size_ok = (is_wide ? cursor.u64() : cursor.u32()) == member.size;
    if (signature_ok && crc_ok && packed_ok && size_ok) return true;
  }
  violations.add(Rule::zip_data_descriptor,
                 "one that disagrees with the central directory, after " + quote(member.name));
  return false;
}

// `next` is where the following header, or the central directory, begins.
bool check_extent(const ByteSource& source, ZipMember& member, std::uint64_t next, std::uint64_t limit,
                  Violations& violations) {
  const auto local = read_local(source, member, limit, violations);
  if (!local) return false;
  const bool same = compare_headers(*local, member, violations);
  member.data_offset = local->data_offset;
  if (member.packed_size > limit - member.data_offset) {
    violations.add(Rule::truncated, fmt::format("{} packed bytes of {} run into the central directory",
                                                member.packed_size, quote(member.name)));
    return false;
  }
  const auto data_end = member.data_offset + member.packed_size;
  if (data_end > next) {
    violations.add(Rule::zip_overlap, fmt::format("{} ends at byte {}, the next member begins at {}",
                                                  quote(member.name), data_end, next));
    return false;
  }
  if ((member.flags & flag_descriptor) != 0) {
    return check_descriptor(source, data_end, next, member, violations) && same;
  }
  if (data_end < next) {
    violations.add(Rule::zip_gap, fmt::format("{} bytes after {}", next - data_end, quote(member.name)));
    return false;
  }
  return same;
}

// Headers and data must cover the file from its first byte to the central directory, each byte once: a reader
// that walks the local headers then sees what one sees that reads the directory.
bool check_layout(const ByteSource& source, const EndRecord& end, std::vector<ZipMember>& members,
                  Violations& violations) {
  std::vector<ZipMember*> in_order;
  in_order.reserve(members.size());
  for (auto& member : members)
    in_order.push_back(&member);
  std::ranges::sort(in_order, {}, &ZipMember::header_offset);
  const auto limit = end.directory_offset;
  const auto first = in_order.empty() ? limit : in_order.front()->header_offset;
  bool sound = true;
  if (first != 0) {
    violations.add(Rule::zip_prepended_data, fmt::format("{} bytes before the first header", first));
    sound = false;
  }
  for (std::size_t i = 0; i < in_order.size(); ++i) {
    const auto next = i + 1 < in_order.size() ? in_order[i + 1]->header_offset : limit;
    sound = check_extent(source, *in_order[i], next, limit, violations) && sound;
    // Each costs a read: a file in which nothing fits is not read to its end.
    if (violations.count(Rule::zip_local_header) > 1000) break;
  }
  return sound;
}

void check_names(std::span<const ZipMember> members, Violations& violations) {
  std::vector<const Member*> pointers;
  pointers.reserve(members.size());
  for (const auto& member : members)
    pointers.push_back(&member);
  check_clashes(pointers, violations);
}

}  // namespace

bool read_zip_layout(const ByteSource& source, const Policy& policy, std::vector<ZipMember>& members,
                     Violations& violations) {
  EndRecord end;
  if (!read_end(source, end, violations)) return false;
  if (!directory_fits(source, end, policy, violations)) return false;
  if (!read_directory(source, end, policy, members, violations)) return false;
  check_names(members, violations);
  if (!sizes_fit(source, members, policy.limits, violations)) return false;
  return check_layout(source, end, members, violations);
}

bool looks_like_zip_end(const ByteSource& source) {
  const auto tail = read_tail(source);
  const std::string_view bytes = tail.bytes;
  for (auto at = bytes.find(end_signature); at != std::string_view::npos;
       at = bytes.find(end_signature, at + 1)) {
    if (bytes.size() - at < end_size) break;
    if (at + end_size + u16_at(bytes, at + 20) == bytes.size()) return true;
    // A comment that is cut, or bytes after it: some readers do not mind. Four bytes alone turn up by chance,
    // a central directory before them does not.
    const auto size = Cursor{bytes.substr(at + 12)}.u32();
    const auto position = tail.offset + at;
    if (size >= central_size && size <= position &&
        read_range(source, position - size, 4) == central_signature) {
      return true;
    }
  }
  return false;
}

}  // namespace packhouse::archive
