#include "release/redaction.hpp"

namespace packhouse::release {

json::Value redact(const Redactor& redactor, const json::Value& value) {
  if (value.is_string()) return json::Value(redactor.redact(std::string_view(value.get_string())));
  if (const auto* array = value.if_array()) {
    json::Array out;
    for (const auto& item : *array)
      out.push_back(redact(redactor, item));
    return out;
  }
  if (const auto* object = value.if_object()) {
    json::Object out;
    for (const auto& [key, item] : *object)
      out[redactor.redact(std::string_view(key))] = redact(redactor, item);
    return out;
  }
  return value;
}

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

}  // namespace packhouse::release
