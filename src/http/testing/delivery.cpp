#include "http/testing/delivery.hpp"

#include <fmt/format.h>

#include "http/status.hpp"

namespace packhouse::http {
namespace {

/// As small as it takes to show that a sink does not rely on whole bodies.
constexpr std::size_t sink_piece = 1000;

}  // namespace

Result<ClientResponse> deliver(const ClientRequest& request, ClientResponse whole) {
  const std::uint64_t size = whole.body.size();
  if (size > request.max_body) {
    return Error{Errc::too_large,
                 fmt::format("the answer is longer than the {} bytes that are accepted", request.max_body)};
  }
  if (whole.reason.empty()) whole.reason = standard_reason(whole.status);
  const bool to_sink = request.sink && whole.status >= 200 && whole.status < 300;
  std::string_view rest = whole.body;
  if (to_sink && !rest.empty() && request.on_head) {
    CHECK_OK(request.on_head(whole));
  }
  for (std::uint64_t done = 0; to_sink && !rest.empty();) {
    const std::string_view piece = rest.substr(0, sink_piece);
    CHECK_OK(request.sink(piece));
    rest.remove_prefix(piece.size());
    done += piece.size();
    if (request.progress) request.progress(done, size);
  }
  if (to_sink) whole.body.clear();
  return whole;
}

}  // namespace packhouse::http
