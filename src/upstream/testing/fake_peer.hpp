#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "http/client.hpp"
#include "http/testing/delivery.hpp"
#include "upstream/source.hpp"

namespace packhouse::upstream::testing {

/// The servers that an upstream's addresses lead to, by URL. An address without an answer is 404.
/// Thread-safe.
class FakePeer {
 public:
  using Answerer = std::function<Result<http::ClientResponse>(const http::ClientRequest&)>;

  void answer(const std::string& url, Answerer answerer) {
    const std::scoped_lock lock{mutex_};
    answers_[url] = std::move(answerer);
  }
  void answer(const std::string& url, http::ClientResponse response) {
    answer(url, [response = std::move(response)](const http::ClientRequest&) { return response; });
  }
  void remove(const std::string& url) {
    const std::scoped_lock lock{mutex_};
    answers_.erase(url);
  }
  /// Every connection is refused from now on.
  void stop() {
    const std::scoped_lock lock{mutex_};
    stopped_ = true;
  }
  void start() {
    const std::scoped_lock lock{mutex_};
    stopped_ = false;
  }

  /// "upstream URL" or "elsewhere URL", with " as USER" behind it where a credential was sent.
  std::vector<std::string> asked() const {
    const std::scoped_lock lock{mutex_};
    return asked_;
  }

  MakeClient maker() {
    return
        [this](Peer peer) -> std::unique_ptr<http::Client> { return std::make_unique<Client>(*this, peer); };
  }

 private:
  class Client final : public http::Client {
   public:
    Client(FakePeer& peer, Peer place) : peer_(peer), place_(place) {}
    Result<http::ClientResponse> send(const http::ClientRequest& request) override {
      return peer_.send(request, place_);
    }

   private:
    FakePeer& peer_;
    Peer place_;
  };

  Result<http::ClientResponse> send(const http::ClientRequest& request, Peer place) {
    Answerer answerer;
    {
      const std::scoped_lock lock{mutex_};
      std::string line = (place == Peer::upstream ? "upstream " : "elsewhere ") + request.url;
      if (const auto* basic = std::get_if<http::BasicAuth>(&request.auth)) line += " as " + basic->user;
      asked_.push_back(std::move(line));
      if (stopped_) return Error{Errc::unavailable, "connection refused", {}};
      const auto found = answers_.find(request.url);
      if (found != answers_.end()) answerer = found->second;
    }
    if (!answerer)
      return http::deliver(request, {.status = 404, .reason = {}, .headers = {}, .body = "nothing"});
    TRY(auto response, answerer(request));
    return http::deliver(request, std::move(response));
  }

  mutable std::mutex mutex_;
  std::map<std::string, Answerer> answers_;  // guarded by mutex_, as the next two
  std::vector<std::string> asked_;
  bool stopped_ = false;
};

inline http::ClientResponse with_fields(http::ClientResponse response,
                                        const std::vector<http::Headers::Field>& fields) {
  for (const auto& [name, value] : fields)
    response.headers.add(name, value);
  return response;
}

inline http::ClientResponse bytes_answer(std::string body) {
  return {.status = 200, .reason = {}, .headers = {}, .body = std::move(body)};
}

inline http::ClientResponse status_answer(int status, const std::vector<http::Headers::Field>& fields = {}) {
  return with_fields({.status = status, .reason = {}, .headers = {}, .body = {}}, fields);
}

inline http::ClientResponse page_answer(std::string body,
                                        const std::vector<http::Headers::Field>& fields = {}) {
  return with_fields(
      with_fields(bytes_answer(std::move(body)), {{"Content-Type", "application/vnd.pypi.simple.v1+json"}}),
      fields);
}

}  // namespace packhouse::upstream::testing
