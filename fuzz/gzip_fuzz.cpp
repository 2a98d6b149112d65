// What the gzip reader takes whole, zlib takes whole as well, and both see the same bytes.
#include "archive/gzip.hpp"

#include <zlib.h>

#include <cstdlib>
#include <string>

namespace {

using namespace packhouse;

void require(bool holds) {
  if (!holds) std::abort();
}

void check_with_zlib(std::string_view bytes, const std::string& expected) {
  std::string out(expected.size() + 1, '\0');
  z_stream stream{};
  require(inflateInit2(&stream, 15 + 16) == Z_OK);  // gzip alone
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  require(inflate(&stream, Z_FINISH) == Z_STREAM_END);
  require(stream.avail_in == 0);
  out.resize(stream.total_out);
  require(out == expected);
  inflateEnd(&stream);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  archive::Limits limits;
  limits.total_size = 4U << 20U;
  archive::Violations violations;
  const archive::MemorySource source{bytes};
  archive::GzipStream stream{source, limits, violations};
  std::string content;
  for (auto chunk = stream.next(); !chunk.empty(); chunk = stream.next())
    content.append(chunk);
  require(content.size() <= limits.total_size);
  require(stream.failed() == !violations.empty());
  if (!stream.failed()) check_with_zlib(bytes, content);
  return 0;
}
