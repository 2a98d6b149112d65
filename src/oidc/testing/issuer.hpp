#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "http/client.hpp"
#include "oidc/issuer_keys.hpp"
#include "oidc/testing/signer.hpp"

namespace packhouse::oidc {

/// An issuer without a socket, for tests: answers for its configuration and its keys, and counts the
/// requests.
class TestIssuer {
 public:
  explicit TestIssuer(std::string name) : name_(std::move(name)), configuration_(usual_configuration()) {}

  const std::string& name() const noexcept { return name_; }
  const Signer& key() const noexcept { return *key_; }
  int requests() const noexcept { return requests_; }
  void go_away(bool away) { away_ = away; }
  void set_keys(std::string keys) { keys_ = std::move(keys); }
  void set_configuration(std::string configuration) { configuration_ = std::move(configuration); }
  /// A new key in the old one's place, under another id.
  void rotate(std::string key_id) {
    key_ = std::make_unique<Signer>("ES256", std::move(key_id));
    keys_ = key_->key_set();
  }

  MakeClient make_client() {
    return [this](Peer) { return std::make_unique<Client>(*this); };
  }

 private:
  class Client final : public http::Client {
   public:
    explicit Client(TestIssuer& issuer) : issuer_(issuer) {}
    Result<http::ClientResponse> send(const http::ClientRequest& request) override {
      return issuer_.answer(request.url);
    }

   private:
    TestIssuer& issuer_;
  };

  std::string usual_configuration() const {
    return json::dump(json::Object{{"issuer", name_}, {"jwks_uri", name_ + "/keys"}});
  }

  Result<http::ClientResponse> answer(std::string_view url) {
    ++requests_;
    if (away_) return Error{Errc::unavailable, "the connection was refused"};
    if (url == name_ + "/.well-known/openid-configuration") return respond(configuration_);
    if (url == name_ + "/keys") return respond(keys_);
    return http::ClientResponse{.status = 404, .reason = {}, .headers = {}, .body = {}};
  }
  static http::ClientResponse respond(const std::string& body) {
    return {.status = 200, .reason = {}, .headers = {}, .body = body};
  }

  const std::string name_;
  std::unique_ptr<Signer> key_ = std::make_unique<Signer>("ES256");
  std::string keys_ = key_->key_set();
  std::string configuration_;
  std::atomic<int> requests_{0};
  std::atomic<bool> away_{false};
};

}  // namespace packhouse::oidc
