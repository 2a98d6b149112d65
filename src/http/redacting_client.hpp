#pragma once

#include <memory>
#include <utility>

#include "base/redactor.hpp"
#include "http/client.hpp"

namespace packhouse::http {

/// A client that takes the secrets out of what peers say of a failure (a server may echo a header or a form
/// field), before anybody quotes and cuts it. The redactor outlives it and its others.
class RedactingClient final : public http::Client {
 public:
  RedactingClient(std::unique_ptr<http::Client> inner, const Redactor& redactor)
      : inner_(std::move(inner)), redactor_(redactor) {}
  Result<http::ClientResponse> send(const http::ClientRequest& request) override;
  std::unique_ptr<http::Client> another() const override;

 private:
  std::unique_ptr<http::Client> inner_;
  const Redactor& redactor_;
};

}  // namespace packhouse::http
