// An accepted zip has one meaning: a reader that walks its local headers from the first byte sees the members
// that its directory names, and zlib unpacks them to the bytes that were delivered.
#include "archive/zip.hpp"

#include <zlib.h>

#include <cstdlib>
#include <map>
#include <string>

#include "archive/little_endian.hpp"
#include "dist/check.hpp"

namespace {

using namespace packhouse;

void require(bool holds) {
  if (!holds) std::abort();
}

bool refuses(const archive::Violations& violations) {
  for (const auto& violation : violations.kept()) {
    if (archive::info(violation.rule).refuses) return true;
  }
  return false;
}

std::string inflate_by_zlib(std::string_view packed, std::size_t size) {
  std::string out(size + 1, '\0');
  z_stream stream{};
  require(inflateInit2(&stream, -15) == Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int end = inflate(&stream, Z_FINISH);
  require(end == Z_STREAM_END || (packed.empty() && size == 0));
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

/// Reads local headers one after the other, as a reader does that cannot seek. Only for a zip without data
/// descriptors and without ZIP64, which it does not know.
std::map<std::string, std::string> walk(std::string_view bytes) {
  std::map<std::string, std::string> found;
  while (bytes.starts_with(std::string_view{"PK\x03\x04", 4})) {
    archive::Cursor cursor{bytes.substr(8)};
    const auto method = cursor.u16();
    cursor.u32();
    cursor.u32();
    const auto packed = cursor.u32();
    const auto size = cursor.u32();
    const auto name_size = cursor.u16();
    const auto extra_size = cursor.u16();
    const std::string name{cursor.bytes(name_size)};
    cursor.bytes(extra_size);
    const auto data = cursor.bytes(packed);
    require(cursor.ok());
    require(found.emplace(name, method == 8 ? inflate_by_zlib(data, size) : std::string{data}).second);
    bytes.remove_prefix(30U + name_size + extra_size + packed);
  }
  return found;
}

void check_reader(std::string_view bytes, bool descriptors) {
  archive::Policy policy;
  policy.limits.total_size = 8U << 20U;
  policy.data_descriptors = descriptors;
  const archive::MemorySource source{bytes};
  archive::ZipReader reader{source, policy};
  std::map<std::string, std::string> delivered;
  bool whole = true;
  bool plain = !descriptors;
  for (const auto& member : reader.members()) {
    auto& content = delivered[member.name];
    whole = reader.read(member, [&](std::string_view chunk) {
      content.append(chunk);
      return true;
    }) && whole;
    require(content.size() <= member.size);
    plain = plain && member.version_needed < 45;
  }
  if (!reader.readable() || refuses(reader.violations())) return;
  require(whole && delivered.size() == reader.members().size());
  for (const auto& [name, content] : delivered)
    require(!name.empty() && !name.starts_with('/') && !name.starts_with("../") && !name.contains("/../"));
  if (plain) require(walk(bytes) == delivered);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check_reader(bytes, false);
  check_reader(bytes, true);
  const auto report =
      dist::check_file(archive::MemorySource{bytes}, "demo-1.0-py3-none-any.whl", dist::Policy{});
  require(!report.accepted() || report.inspection.has_value());
  return 0;
}
