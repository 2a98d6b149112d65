// Requests from outside: what is accepted keeps the promises of http::Request, and where a head ends and what
// a chunked body holds does not depend on how the bytes are cut.
//
// The first byte is the size of the pieces; the rest is a head, and behind it a chunked body.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/text.hpp"
#include "http_server/chunked.hpp"
#include "http_server/request_head.hpp"

using packhouse::http::ChunkedDecoder;
using packhouse::http::HeadFacts;
using packhouse::http::HeadScanner;
using packhouse::http::Method;
using packhouse::http::Request;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

HeadScanner scan(std::string_view bytes, std::size_t step, HeadScanner::State& state) {
  HeadScanner scanner;
  state = HeadScanner::State::more;
  for (std::size_t end = 0; state == HeadScanner::State::more && end < bytes.size();) {
    end = std::min(bytes.size(), end + step);
    state = scanner.scan(bytes.substr(0, end));
  }
  return scanner;
}

void check_path(const Request& request) {
  if (request.path == "*") return require(request.method == Method::options);
  require(request.path.starts_with('/') && packhouse::is_utf8(request.path));
  require(request.path.find('\0') == std::string::npos && request.path.find("//") == std::string::npos);
  for (const std::string_view segment : packhouse::split(request.path, '/'))
    require(segment != "." && segment != "..");
}

void check_head(std::string_view head) {
  Request request;
  HeadFacts facts;
  if (parse_head(head, request, facts)) return;
  check_path(request);
  const auto& headers = request.headers;
  require(headers.count("Content-Length") + headers.count("Transfer-Encoding") <= 1);
  require(!facts.chunked || facts.content_length == 0);
  require(headers.count("Host") <= 1);
  for (const auto& [name, value] : headers.fields()) {
    require(name.find_first_of(" \t\r\n:") == std::string::npos);
    require(value.find_first_of("\r\n") == std::string::npos && value.find('\0') == std::string::npos);
  }
}

struct Decoded {
  std::string body;
  std::size_t consumed = 0;
  bool done = false;
  bool operator==(const Decoded&) const = default;
};

Decoded decode(std::string_view bytes, std::size_t step) {
  ChunkedDecoder decoder;
  Decoded decoded;
  std::array<char, 7> room{};
  while (decoded.consumed < bytes.size() && !decoder.done() && !decoder.broken()) {
    const auto made = decoder.decode(bytes.substr(decoded.consumed, step), room);
    require(made.consumed > 0 && made.produced <= room.size());
    decoded.consumed += made.consumed;
    decoded.body.append(room.data(), made.produced);
  }
  decoded.done = decoder.done();
  return decoded;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t step = std::max<std::size_t>(1, data[0]);
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  HeadScanner::State state{};
  const auto scanner = scan(bytes, step, state);
  HeadScanner::State at_once{};
  const auto whole = scan(bytes, bytes.size(), at_once);
  require(state == at_once && scanner.begin() == whole.begin() && scanner.end() == whole.end());
  if (state != HeadScanner::State::complete) return 0;
  check_head(bytes.substr(scanner.begin(), scanner.end() - scanner.begin()));
  const std::string_view body = bytes.substr(scanner.end());
  require(decode(body, step) == decode(body, std::max<std::size_t>(1, body.size())));
  return 0;
}
