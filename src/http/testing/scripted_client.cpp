#include "http/testing/scripted_client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "http/testing/delivery.hpp"

namespace packhouse::http {
namespace {

std::string line_of(Method method, std::string_view url) {
  return fmt::format("{} {}", to_string(method), url);
}

RecordedRequest record(const ClientRequest& request) {
  RecordedRequest recorded;
  recorded.method = request.method;
  recorded.url = request.url;
  recorded.headers = request.headers;
  if (const auto* basic = std::get_if<BasicAuth>(&request.auth)) {
    recorded.auth = RecordedRequest::Auth::basic;
    recorded.user = basic->user;
  }
  if (std::holds_alternative<BearerAuth>(request.auth)) recorded.auth = RecordedRequest::Auth::bearer;
  if (const auto* text = std::get_if<std::string>(&request.body)) recorded.body = *text;
  if (const auto* form = std::get_if<Form>(&request.body)) recorded.form = *form;
  return recorded;
}

ScriptedClient::UrlMatcher exactly(std::string url) {
  return [url = std::move(url)](std::string_view asked) { return asked == url; };
}

ScriptedClient::Answerer constantly(Result<ClientResponse> answer) {
  return [answer = std::move(answer)](const ClientRequest&) { return answer; };
}

}  // namespace

std::string RecordedRequest::line() const {
  return line_of(method, url);
}

ScriptedClient& ScriptedClient::expect(Method method, std::string url, ClientResponse response) {
  return expect(method, std::move(url), constantly(std::move(response)));
}

ScriptedClient& ScriptedClient::expect(Method method, std::string url, Error error) {
  return expect(method, std::move(url), constantly(std::move(error)));
}

ScriptedClient& ScriptedClient::expect(Method method, std::string url, Answerer answer) {
  auto matcher = exactly(url);
  return expect_like(method, std::move(url), std::move(matcher), std::move(answer));
}

ScriptedClient& ScriptedClient::expect_like(Method method, std::string name, UrlMatcher matcher,
                                            Answerer answer) {
  script_.push_back({method, std::move(name), std::move(matcher), std::move(answer)});
  return *this;
}

ScriptedClient& ScriptedClient::always(Method method, std::string url, ClientResponse response) {
  auto matcher = exactly(url);
  return always_like(method, std::move(url), std::move(matcher), constantly(std::move(response)));
}

ScriptedClient& ScriptedClient::always_like(Method method, std::string name, UrlMatcher matcher,
                                            Answerer answer) {
  expect_like(method, std::move(name), std::move(matcher), std::move(answer));
  script_.back().repeats = true;
  return *this;
}

Result<ClientResponse> ScriptedClient::send(const ClientRequest& request) {
  TRY(const Url url, Url::parse(request.url));
  if (url.has_credentials()) return Error{Errc::invalid_input, "the URL of a request holds credentials"};
  requests_.push_back(record(request));
  const auto fits = [&](const Expectation& expectation) {
    return !expectation.used && expectation.method == request.method && expectation.matcher(request.url);
  };
  const auto found = std::ranges::find_if(script_, fits);
  if (found == script_.end()) {
    unexpected_.push_back(requests_.back().line());
    return Error{Errc::internal, fmt::format("the script expects no {}", unexpected_.back())};
  }
  found->used = !found->repeats;
  TRY(auto response, found->answer(request));
  return deliver(request, std::move(response));
}

std::vector<std::string> ScriptedClient::lines() const {
  std::vector<std::string> lines;
  for (const auto& request : requests_)
    lines.push_back(request.line());
  return lines;
}

std::vector<std::string> ScriptedClient::unmet() const {
  std::vector<std::string> names;
  for (const auto& expectation : script_) {
    if (!expectation.used && !expectation.repeats)
      names.push_back(line_of(expectation.method, expectation.name));
  }
  return names;
}

ScriptedClient::UrlMatcher begins_with(std::string prefix) {
  return [prefix = std::move(prefix)](std::string_view url) { return url.starts_with(prefix); };
}

ClientResponse json_response(int status, std::string body) {
  ClientResponse response;
  response.status = status;
  response.headers.add("Content-Type", "application/json");
  response.body = std::move(body);
  return response;
}

}  // namespace packhouse::http
