#include "http/redacting_client.hpp"

namespace packhouse::http {

Result<http::ClientResponse> RedactingClient::send(const http::ClientRequest& request) {
  auto response = inner_->send(request);
  if (!response.ok()) {
    response.error().message = redactor_.redact(response.error().message);
    return response;
  }
  response->reason = redactor_.redact(response->reason);
  if (response->status >= 400) response->body = redactor_.redact(response->body);
  return response;
}

std::unique_ptr<http::Client> RedactingClient::another() const {
  auto inner = inner_->another();
  return inner ? std::make_unique<RedactingClient>(std::move(inner), redactor_) : nullptr;
}

}  // namespace packhouse::http
