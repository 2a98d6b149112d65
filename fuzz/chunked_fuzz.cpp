// Chunked bodies from outside: the decoder takes exactly what a reader of the whole body takes, however the
// bytes are cut, and gives back what was encoded.
//
// The first byte is the size of the pieces, the second the room for the output; the rest is a chunked body.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/text.hpp"
#include "http_server/chunked.hpp"

using packhouse::http::ChunkedDecoder;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

struct Decoded {
  std::string body;
  std::size_t consumed = 0;
  bool operator==(const Decoded&) const = default;
};

/// nullopt: the body is broken or does not end.
std::optional<Decoded> decode(std::string_view bytes, std::size_t step, std::size_t room) {
  ChunkedDecoder decoder;
  Decoded decoded;
  std::array<char, 256> output{};
  while (decoded.consumed < bytes.size() && !decoder.done() && !decoder.broken()) {
    const auto made = decoder.decode(bytes.substr(decoded.consumed, step), std::span{output}.first(room));
    require(made.consumed > 0 && made.consumed <= step && made.produced <= std::min(room, made.consumed));
    decoded.consumed += made.consumed;
    decoded.body.append(output.data(), made.produced);
  }
  require(!(decoder.done() && decoder.broken()));
  if (!decoder.done()) return std::nullopt;
  return decoded;
}

/// RFC 9112 section 7.1 by lines, over the whole body at once.
class WholeBody {
 public:
  explicit WholeBody(std::string_view bytes) : size_(bytes.size()), rest_(bytes) {}

  std::optional<Decoded> read() {
    std::string body;
    while (const auto size = read_size()) {
      if (*size == 0) return read_trailers(std::move(body));
      if (rest_.size() < *size || !rest_.substr(*size).starts_with("\r\n")) return std::nullopt;
      body += rest_.substr(0, *size);
      rest_.remove_prefix(*size + 2);
    }
    return std::nullopt;
  }

 private:
  std::optional<std::string_view> read_line() {
    const std::size_t end = rest_.find("\r\n");
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(end + 2);
    return line;
  }

  /// An extension or a trailer, which are dropped.
  bool may_be_dropped(std::string_view text) {
    dropped_ += text.size();
    const auto allowed = [](char c) {
      return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
    };
    return dropped_ <= ChunkedDecoder::max_overhead && std::ranges::all_of(text, allowed);
  }

  std::optional<std::uint64_t> read_size() {
    const auto line = read_line();
    if (!line) return std::nullopt;
    const auto end = std::ranges::find_if(*line, [](char c) { return packhouse::hex_digit(c) < 0; });
    const auto digits = static_cast<std::size_t>(end - line->begin());
    const std::string_view extension = line->substr(digits);
    if (digits == 0 || digits > 16) return std::nullopt;
    if (!extension.empty() && std::string_view{"; \t"}.find(extension[0]) == std::string_view::npos)
      return std::nullopt;
    if (!may_be_dropped(extension)) return std::nullopt;
    return std::stoull(std::string{line->substr(0, digits)}, nullptr, 16);
  }

  std::optional<Decoded> read_trailers(std::string body) {
    while (const auto line = read_line()) {
      if (line->empty()) return Decoded{std::move(body), size_ - rest_.size()};
      if (!may_be_dropped(*line)) return std::nullopt;
    }
    return std::nullopt;
  }

  std::size_t size_;
  std::string_view rest_;
  std::size_t dropped_ = 0;
};

std::string encode(std::string_view body, std::size_t chunk) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (; !body.empty(); body.remove_prefix(std::min(chunk, body.size()))) {
    const std::string_view piece = body.substr(0, chunk);
    out += {digits[(piece.size() >> 4U) & 0xfU], digits[piece.size() & 0xfU]};
    out += ";e=1\r\n";
    out += piece;
    out += "\r\n";
  }
  return out + "0\r\nTrailer: x\r\n\r\n";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t step = std::max<std::size_t>(1, data[0]);
  const std::size_t room = std::max<std::size_t>(1, data[1]);
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  const auto whole = WholeBody(bytes).read();
  require(decode(bytes, std::max<std::size_t>(1, bytes.size()), 256) == whole);
  require(decode(bytes, step, room) == whole);
  require(decode(bytes, 1, 1) == whole);

  if (bytes.size() > 2048) return 0;  // each chunk's extension counts against the bound of what is dropped
  const std::string encoded = encode(bytes, step);
  const auto back = decode(encoded + "GET", room, step);
  require(back && back->body == bytes && back->consumed == encoded.size());
  return 0;
}
