#include "archive/zip.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "archive/crc32.hpp"
#include "archive/zip_layout.hpp"

namespace packhouse::archive {
namespace {

// What is inflated in one call: small enough for the second-level cache, so that hashing it finds it there.
constexpr std::uint64_t whole_limit = 1U << 20U;
constexpr std::size_t stored_chunk = 256U << 10U;

}  // namespace

ZipReader::ZipReader(const ByteSource& source, const Policy& policy) : source_(source) {
  readable_ = read_zip_layout(source, policy, members_, violations_);
}

bool ZipReader::check_content(const ZipMember& member, std::uint64_t size, std::uint32_t crc) {
  if (size != member.size) {
    violations_.add(Rule::zip_size,
                    fmt::format("{} bytes where {} are stated: {}", size, member.size, quote(member.name)));
    return false;
  }
  if (crc != member.crc32) {
    violations_.add(Rule::zip_crc,
                    fmt::format("{:08x} where {:08x} is stated: {}", crc, member.crc32, quote(member.name)));
    return false;
  }
  return true;
}

bool ZipReader::read_stored(const ZipMember& member, const ChunkSink& sink) {
  // A size that differs was reported with the layout; the packed bytes are what there is.
  if (member.packed_size != member.size) return false;
  packed_.resize(
      std::max(packed_.size(), static_cast<std::size_t>(std::min<std::uint64_t>(member.size, stored_chunk))));
  std::uint32_t crc = 0;
  for (std::uint64_t done = 0; done < member.size;) {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(member.size - done, stored_chunk));
    const auto chunk = std::span{packed_}.first(count);
    source_.read_at(member.data_offset + done, chunk);
    const std::string_view bytes{chunk.data(), chunk.size()};
    crc = archive::crc32(crc, bytes);
    if (!sink(bytes)) return false;
    done += count;
  }
  return check_content(member, member.size, crc);
}

bool ZipReader::read_whole(const ZipMember& member, const ChunkSink& sink) {
  const auto packed_size = static_cast<std::size_t>(member.packed_size);
  packed_.resize(std::max(packed_.size(), packed_size));
  unpacked_.resize(std::max(unpacked_.size(), static_cast<std::size_t>(member.size)));
  const auto packed = std::span{packed_}.first(packed_size);
  const auto unpacked = std::span{unpacked_}.first(static_cast<std::size_t>(member.size));
  source_.read_at(member.data_offset, packed);
  const auto result = whole_.inflate({packed.data(), packed.size()}, unpacked);
  if (result.end == InflateEnd::output_full) {
    violations_.add(Rule::zip_size, fmt::format("more than the {} bytes that are stated: {}", member.size,
                                                quote(member.name)));
    return false;
  }
  if (result.end != InflateEnd::whole || result.consumed != packed.size()) {
    violations_.add(Rule::zip_deflate, result.end == InflateEnd::whole
                                           ? fmt::format("{} bytes after the stream of {}",
                                                         packed.size() - result.consumed, quote(member.name))
                                           : "a broken stream in " + quote(member.name));
    return false;
  }
  const std::string_view bytes{unpacked.data(), static_cast<std::size_t>(result.produced)};
  if (!sink(bytes)) return false;
  return check_content(member, result.produced, archive::crc32(0, bytes));
}

bool ZipReader::read_stream(const ZipMember& member, const ChunkSink& sink) {
  if (!stream_) stream_ = std::make_unique<StreamInflater>();
  stream_->start(source_, member.data_offset, member.packed_size);
  std::uint64_t size = 0;
  std::uint32_t crc = 0;
  for (auto chunk = stream_->next(); !chunk.empty(); chunk = stream_->next()) {
    size += chunk.size();
    if (size > member.size) {
      violations_.add(Rule::zip_size, fmt::format("more than the {} bytes that are stated: {}", member.size,
                                                  quote(member.name)));
      return false;
    }
    crc = archive::crc32(crc, chunk);
    if (!sink(chunk)) return false;
  }
  if (stream_->failed() || stream_->consumed() != member.packed_size) {
    violations_.add(Rule::zip_deflate,
                    stream_->failed()
                        ? "a broken stream in " + quote(member.name)
                        : fmt::format("{} bytes after the stream of {}",
                                      member.packed_size - stream_->consumed(), quote(member.name)));
    return false;
  }
  return check_content(member, size, crc);
}

bool ZipReader::read(const ZipMember& member, const ChunkSink& sink) {
  // An encrypted member's bytes are no deflate stream; that it is encrypted was reported.
  if (!readable_ || (member.flags & 1U) != 0) return false;
  if (member.method == 0) return read_stored(member, sink);
  if (member.method != 8) return false;
  // Some writers call an empty member deflated and store no stream at all; every reader sees nothing in it.
  if (member.packed_size == 0 && member.size == 0) return check_content(member, 0, 0);
  const bool small = member.size <= whole_limit && member.packed_size <= whole_limit + (whole_limit / 8);
  return small ? read_whole(member, sink) : read_stream(member, sink);
}

void ZipReader::read_all(MemberSink& sink) {
  if (!readable_) return;
  const ChunkSink write = [&sink](std::string_view chunk) {
    sink.write(chunk);
    return true;
  };
  for (const auto& member : members_) {
    sink.begin(member);
    const bool intact = read(member, write);
    sink.end(member, intact);
  }
}

}  // namespace packhouse::archive
