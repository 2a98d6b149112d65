// check_floor WHEEL: the floor of `packhouse check`: every member read, inflated and hashed once with
// SHA-256, by the libraries that the checks use, with nothing looked at. Prints the bytes that were hashed.
#include <fmt/format.h>

#include <stdexcept>
#include <string_view>

#include "archive/byte_source.hpp"
#include "archive/inflate.hpp"
#include "archive/little_endian.hpp"
#include "dist/record.hpp"

namespace {

using namespace packhouse;

constexpr std::size_t piece = 256U << 10U;
constexpr std::uint64_t whole_limit = 1U << 20U;

struct Member {
  std::uint16_t method = 0;
  std::uint64_t packed = 0;
  std::uint64_t size = 0;
  std::uint64_t header = 0;
};

std::string read(const archive::ByteSource& source, std::uint64_t offset, std::uint64_t count) {
  std::string bytes(static_cast<std::size_t>(count), '\0');
  source.read_at(offset, bytes);
  return bytes;
}

/// The central directory of a sound zip that needs no ZIP64 and has no comment.
std::vector<Member> directory(const archive::ByteSource& source) {
  constexpr std::uint64_t end_size = 22;
  const std::string end = read(source, source.size() - end_size, end_size);
  archive::Cursor place{std::string_view(end).substr(12)};
  const std::uint64_t size = place.u32();
  const std::uint64_t offset = place.u32();
  const std::string bytes = read(source, offset, size);
  std::vector<Member> members;
  for (std::string_view rest = bytes; rest.size() > 46;) {
    Member member;
    archive::Cursor cursor{rest.substr(10)};
    member.method = cursor.u16();
    cursor.bytes(8);
    member.packed = cursor.u32();
    member.size = cursor.u32();
    const std::size_t variable = std::size_t{cursor.u16()} + cursor.u16() + cursor.u16();
    cursor.bytes(8);
    member.header = cursor.u32();
    members.push_back(member);
    rest.remove_prefix(46 + variable);
  }
  return members;
}

class Floor {
 public:
  explicit Floor(const archive::ByteSource& source) : source_(source), packed_(whole_limit * 2) {}

  std::uint64_t take(const Member& member) {
    const std::string header = read(source_, member.header, 30);
    archive::Cursor cursor{std::string_view(header).substr(26)};
    const std::uint64_t start = member.header + 30 + cursor.u16() + cursor.u16();
    hasher_.start("sha256");
    if (member.method == 0) {
      stored(start, member.size);
    } else if (member.size <= whole_limit) {
      whole(start, member);
    } else {
      streamed(start, member);
    }
    (void)hasher_.finish();
    return member.size;
  }

 private:
  void stored(std::uint64_t start, std::uint64_t size) {
    for (std::uint64_t done = 0; done < size; done += piece) {
      const auto part = std::span{packed_}.first(std::min<std::size_t>(piece, size - done));
      source_.read_at(start + done, part);
      hasher_.update({part.data(), part.size()});
    }
  }

  void whole(std::uint64_t start, const Member& member) {
    const auto in = std::span{packed_}.first(member.packed);
    source_.read_at(start, in);
    const auto out = std::span{unpacked_}.first(member.size);
    if (inflater_.inflate({in.data(), in.size()}, out).end != archive::InflateEnd::whole) {
      throw std::runtime_error("a broken member");
    }
    hasher_.update({out.data(), out.size()});
  }

  void streamed(std::uint64_t start, const Member& member) {
    stream_.start(source_, start, member.packed);
    for (auto chunk = stream_.next(); !chunk.empty(); chunk = stream_.next())
      hasher_.update(chunk);
    if (stream_.failed()) throw std::runtime_error("a broken member");
  }

  const archive::ByteSource& source_;
  std::vector<char> packed_;
  std::vector<char> unpacked_ = std::vector<char>(whole_limit);
  archive::WholeInflater inflater_;
  archive::StreamInflater stream_;
  dist::RecordHasher hasher_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: check_floor WHEEL\n");
    return 2;
  }
  const auto source = archive::FileSource::open(argv[1]);
  if (!source.ok()) throw std::runtime_error(source.error().message);
  Floor floor{*source};
  std::uint64_t hashed = 0;
  for (const Member& member : directory(*source))
    hashed += floor.take(member);
  fmt::print("{}\n", hashed);
  return 0;
}
