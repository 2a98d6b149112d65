#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "http/client.hpp"

namespace packhouse::http {

/// What a ScriptedClient was asked. Of a credential only its kind and user name are kept.
struct RecordedRequest {
  enum class Auth { none, basic, bearer };
  Method method = Method::get;
  std::string url;
  Headers headers;
  Auth auth = Auth::none;
  std::string user;  ///< of basic
  std::string body;  ///< a body given as text
  Form form;         ///< a body given as a form

  /// "GET https://host/path"
  std::string line() const;
};

/// A Client for tests: answers from a script and opens no socket. A request is answered by the first
/// expectation that fits and is not used up; one that nothing fits gets an `internal` error and is listed in
/// unexpected(). As the real client does, it refuses URLs with credentials, obeys max_body, and gives a 2xx
/// body to the sink, in pieces.
class ScriptedClient final : public Client {
 public:
  using UrlMatcher = std::function<bool(std::string_view url)>;
  /// Computes the answer from the request; may look at the credential and must not keep it.
  using Answerer = std::function<Result<ClientResponse>(const ClientRequest&)>;

  /// Once, for exactly this URL.
  ScriptedClient& expect(Method method, std::string url, ClientResponse response);
  ScriptedClient& expect(Method method, std::string url, Error error);
  ScriptedClient& expect(Method method, std::string url, Answerer answer);
  /// Once, for a URL that the matcher takes; `name` stands for it in unmet().
  ScriptedClient& expect_like(Method method, std::string name, UrlMatcher matcher, Answerer answer);
  /// As often as it is asked, also never.
  ScriptedClient& always(Method method, std::string url, ClientResponse response);
  ScriptedClient& always_like(Method method, std::string name, UrlMatcher matcher, Answerer answer);

  Result<ClientResponse> send(const ClientRequest& request) override;

  const std::vector<RecordedRequest>& requests() const noexcept { return requests_; }
  /// The lines of all requests, in order.
  std::vector<std::string> lines() const;
  /// Requests that nothing in the script fitted.
  const std::vector<std::string>& unexpected() const noexcept { return unexpected_; }
  /// Expectations that no request has used up. A test ends with EXPECT_TRUE(client.unmet().empty()).
  std::vector<std::string> unmet() const;

 private:
  struct Expectation {
    Method method;
    std::string name;
    UrlMatcher matcher;
    Answerer answer;
    bool repeats = false;
    bool used = false;
  };

  std::vector<Expectation> script_;
  std::vector<RecordedRequest> requests_;
  std::vector<std::string> unexpected_;
};

/// A matcher for URLs that begin so.
ScriptedClient::UrlMatcher begins_with(std::string prefix);
/// A JSON answer.
ClientResponse json_response(int status, std::string body);

}  // namespace packhouse::http
