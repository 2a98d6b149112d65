#pragma once

#include <string>
#include <string_view>

#include "http_server/message.hpp"
#include "http_server/outgoing.hpp"

namespace packhouse::http {

/// What the server adds to an answer.
struct AnswerContext {
  /// "Server: …\r\nDate: …\r\n" and what else every answer has, renewed every second.
  std::string_view common_fields;
  /// Response::more_fields.
  std::string_view more_fields = {};
  /// Response::cache_field.
  std::string_view cache_field = {};
  bool close = false;
  /// The request was HTTP/1.0 and asked for the connection to stay.
  bool say_keep_alive = false;
};

/// Turns a Response to `request` into the bytes that leave: adds Date, Connection and Content-Length, drops
/// the body for HEAD, 204 and 304, and answers conditions and ranges for FileBody (RFC 9110 sections 13.1.2,
/// 13.1.5 and 14). `out` was cleared.
void compose_answer(Response&& response, const Request& request, AnswerContext context, Outgoing& out);

/// `reason` as Latin-1 on one line: other characters become "?", control characters become blanks.
std::string clean_reason(std::string_view reason);

/// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 section 5.6.7).
std::string http_date(std::int64_t unix_seconds);

}  // namespace packhouse::http
