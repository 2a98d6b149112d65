#include "archive/gzip.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

#include "archive/crc32.hpp"
#include "archive/little_endian.hpp"

namespace packhouse::archive {
namespace {

constexpr std::uint64_t fixed_header = 10;
constexpr std::uint64_t trailer = 8;
// A name or comment longer than this is no name.
constexpr std::uint64_t text_limit = 4096;

constexpr unsigned flag_header_crc = 2;
constexpr unsigned flag_extra = 4;
constexpr unsigned flag_name = 8;
constexpr unsigned flag_comment = 16;
constexpr unsigned flags_reserved = 0xe0;

std::string read_up_to(const ByteSource& source, std::uint64_t offset, std::uint64_t count) {
  const auto there = offset < source.size() ? std::min(count, source.size() - offset) : 0;
  std::string bytes(static_cast<std::size_t>(there), '\0');
  source.read_at(std::min(offset, source.size()), bytes);
  return bytes;
}

}  // namespace

GzipStream::GzipStream(const ByteSource& source, const Limits& limits, Violations& violations)
    : source_(source), violations_(violations) {
  const auto by_ratio =
      source.size() > limits.total_size / limits.ratio ? limits.total_size : source.size() * limits.ratio;
  allowance_ = std::min(limits.total_size, std::max(limits.ratio_from, by_ratio));
  by_ratio_ = allowance_ < limits.total_size;
  if (read_header()) inflater_.start(source_, position_, source_.size() - position_);
}

void GzipStream::refuse(Rule rule, std::string found) {
  violations_.add(rule, std::move(found));
  failed_ = true;
}

bool GzipStream::skip_text(std::string_view what) {
  const auto bytes = read_up_to(source_, position_, text_limit);
  const auto end = bytes.find('\0');
  if (end == std::string::npos) {
    refuse(Rule::gzip_header, fmt::format("a {} without an end", what));
    return false;
  }
  position_ += end + 1;
  return true;
}

// RFC 1952, section 2.3.
bool GzipStream::read_header() {
  const auto bytes = read_up_to(source_, 0, fixed_header);
  if (!bytes.starts_with("\x1f\x8b") || bytes.size() < fixed_header) {
    refuse(Rule::gzip_header, "none");
    return false;
  }
  const auto method = static_cast<unsigned char>(bytes[2]);
  const auto flags = static_cast<unsigned char>(bytes[3]);
  if (method != 8 || (flags & flags_reserved) != 0) {
    refuse(Rule::gzip_header, fmt::format("method {}, flags 0x{:02x}", method, flags));
    return false;
  }
  position_ = fixed_header;
  if ((flags & flag_extra) != 0) {
    position_ += 2 + Cursor{read_up_to(source_, position_, 2)}.u16();
    if (position_ > source_.size()) {
      refuse(Rule::truncated, "a gzip header that is cut");
      return false;
    }
  }
  if ((flags & flag_name) != 0 && !skip_text("name")) return false;
  if ((flags & flag_comment) != 0 && !skip_text("comment")) return false;
  if ((flags & flag_header_crc) != 0) {
    const auto header = read_up_to(source_, 0, position_);
    const auto stated = Cursor{read_up_to(source_, position_, 2)}.u16();
    if ((archive::crc32(0, header) & 0xffffU) != stated) {
      refuse(Rule::gzip_crc, "another one in the header");
      return false;
    }
    position_ += 2;
  }
  if (position_ > source_.size()) {
    refuse(Rule::truncated, "a gzip header that is cut");
    return false;
  }
  return true;
}

void GzipStream::check_end() {
  checked_ = true;
  if (inflater_.failed()) {
    refuse(inflater_.end() == InflateEnd::truncated ? Rule::truncated : Rule::gzip_deflate,
           fmt::format("a broken stream after {} bytes of content", produced_));
    return;
  }
  const auto end = position_ + inflater_.consumed();
  const auto bytes = read_up_to(source_, end, trailer);
  if (bytes.size() < trailer) {
    refuse(Rule::truncated, "no whole gzip trailer");
    return;
  }
  Cursor cursor{bytes};
  if (const auto crc = cursor.u32(); crc != crc_) {
    refuse(Rule::gzip_crc, fmt::format("{:08x} where {:08x} is stated", crc_, crc));
  }
  if (const auto size = cursor.u32(); size != (produced_ & 0xffffffffU)) {
    refuse(Rule::gzip_size, fmt::format("{} bytes where {} are stated", produced_, size));
  }
  const auto rest = source_.size() - end - trailer;
  if (rest == 0) return;
  const bool another = read_up_to(source_, end + trailer, 2) == "\x1f\x8b";
  refuse(another ? Rule::gzip_concatenated : Rule::gzip_trailing_data,
         another ? "another member after it" : fmt::format("{} bytes", rest));
}

std::string_view GzipStream::next() {
  if (failed_ || checked_) return {};
  const auto chunk = inflater_.next();
  if (chunk.empty()) {
    check_end();
    return {};
  }
  if (chunk.size() > allowance()) {
    refuse(limiting_rule(), fmt::format("more than {} bytes in {}", allowance_, source_.size()));
    return {};
  }
  produced_ += chunk.size();
  crc_ = archive::crc32(crc_, chunk);
  return chunk;
}

}  // namespace packhouse::archive
