#include "http_server/exchange.hpp"

#include <spdlog/spdlog.h>

#include <string>

#include "base/error.hpp"

namespace packhouse::http {

Response plain_response(int status, std::string_view message) {
  return Response::text(status, std::string{message} + "\n");
}

Response failed_response(const Request& request, const std::exception_ptr& failure) noexcept {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    spdlog::error("{} {} failed: {}", to_string(request.method), shown_path(request.path),
                  quote(error.what()));
  } catch (...) {
    spdlog::error("{} {} failed by an exception of no known type", to_string(request.method),
                  shown_path(request.path));
  }
  return plain_response(500, "the server failed; its log says why");
}

void report_broken_file(const Request& request, std::string_view fault) {
  spdlog::error("{} {} ended early: its file cannot be read to the end: {}", to_string(request.method),
                shown_path(request.path), fault);
}

}  // namespace packhouse::http
