#pragma once

#include <exception>
#include <string_view>

#include "http_server/message.hpp"
#include "http_server/request_head.hpp"

namespace packhouse::http {

/// The request that a connection serves now, and the answer to it.
struct Exchange {
  Request request;
  HeadFacts facts;
  Response response;  // a worker writes it during a call
};

/// A message of the server itself, as one line of text.
Response plain_response(int status, std::string_view message);

/// Writes one line to the log, without the request's fields (they hold credentials), and makes a 500.
Response failed_response(const Request& request, const std::exception_ptr& failure) noexcept;

/// Writes one line to the log: a file of the answer broke while it was sent, so that its connection ends.
void report_broken_file(const Request& request, std::string_view fault);

/// Calls the application. The one place where its exceptions end: see failed_response().
template <typename Call>
auto guarded(const Request& request, const Call& call) noexcept -> decltype(call()) {
  try {
    return call();
  } catch (...) {
    return failed_response(request, std::current_exception());
  }
}

}  // namespace packhouse::http
