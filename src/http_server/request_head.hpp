#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http_server/message.hpp"

namespace packhouse::http {

/// Finds the end of a request head in a buffer that grows. Sans I/O.
class HeadScanner {
 public:
  enum class State {
    more,      ///< no end yet
    complete,  ///< the head is bytes [begin(), end()) of the buffer
    malformed  ///< a bare LF or a folded line: two readers would see two messages
  };

  /// `buffer` is what the last call saw and whatever came after it.
  State scan(std::string_view buffer) noexcept;
  std::size_t begin() const noexcept { return begin_; }
  std::size_t end() const noexcept { return line_; }
  void reset() noexcept { *this = {}; }

 private:
  std::size_t begin_ = 0;  // after the empty lines that a client may leave before a request
  std::size_t line_ = 0;   // where the line that is being read begins
  std::size_t seen_ = 0;
};

/// What the head says about the connection and the body.
struct HeadFacts {
  bool http_1_1 = true;
  bool keep_alive = true;
  bool expects_continue = false;
  bool chunked = false;
  std::uint64_t content_length = 0;
  bool has_body() const noexcept { return chunked || content_length > 0; }
};

/// Why a head is refused, and with what. Every refusal ends the connection.
struct HeadRefusal {
  int status = 400;
  std::string_view message;
};

/// Reads a whole head, as HeadScanner found it, into `request` (method, path, query, headers) and `facts`.
/// Strict, against request smuggling (RFC 9112 sections 2.2, 3, 5 and 6.3): one Content-Length of digits, no
/// Transfer-Encoding but "chunked", never both, exactly one Host, no blank before a colon.
std::optional<HeadRefusal> parse_head(std::string_view head, Request& request, HeadFacts& facts);

/// Reads a request target in origin or absolute form (and "*" for OPTIONS) into path, query and
/// single_slashes of `request`. False: 400. An encoded slash is refused too: it would make one segment two.
bool parse_target(std::string_view target, Method method, Request& request);

}  // namespace packhouse::http
