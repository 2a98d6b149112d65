#include "client/admin_client.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "http/status.hpp"

namespace packhouse::client {
namespace {

// A Packhouse index gives its refusals in this form, which tells it from any other server.
constexpr std::string_view problem_type = "application/problem+json";
constexpr std::string_view accepted_types = "application/problem+json, application/json;q=0.9";

std::string text_in(const std::optional<json::Object>& document, std::string_view key) {
  return document ? json::get_string(*document, key).value_or("") : std::string{};
}

Errc kind_of(int status) {
  return status < 400 ? Errc::invalid_input : http::errc_of_status(status);
}

Error refusal(const AdminClient::Answer& answer) {
  const auto detail = answer.detail();
  if (!detail.empty()) return {kind_of(answer.status), detail, text_in(answer.document, "hint")};
  return {kind_of(answer.status),
          fmt::format("the server answered {} {}", answer.status, quote(answer.reason))};
}

}  // namespace

std::string AdminClient::Answer::detail() const {
  return text_in(document, "detail");
}

AdminClient::AdminClient(http::Client& http, http::Url root, Auth auth)
    : http_(&http), root_(std::move(root)), auth_(std::move(auth)) {
  root_.query.clear();
}

Result<AdminClient::Answer> AdminClient::send(http::Method method, std::string_view path,
                                              const json::Object& body) {
  http::Url url = root_;
  url.path += path;
  http::ClientRequest request;
  request.method = method;
  request.url = url.str();
  request.auth = auth_;
  request.headers.add("Accept", std::string(accepted_types));
  if (method != http::Method::get) {
    request.headers.add("Content-Type", "application/json");
    request.body = json::dump(body);
  }
  TRY(auto response, http_->send(request));
  Answer answer{.status = response.status,
                .reason = std::move(response.reason),
                .document = std::nullopt,
                .problem = response.headers.get("content-type").value_or("").starts_with(problem_type)};
  if (auto document = json::parse(response.body); document.ok() && document->is_object())
    answer.document = std::move(document->get_object());
  return answer;
}

Result<json::Object> AdminClient::call(http::Method method, std::string_view path, const json::Object& body) {
  TRY(auto answer, send(method, path, body));
  if (answer.status < 200 || answer.status > 299) return refusal(answer);
  if (answer.document) return *std::move(answer.document);
  return Error{Errc::unavailable, "expected a JSON object as the server's answer"};
}

std::string project_path(std::string_view project) {
  return fmt::format("api/v1/projects/{}", percent_encode(project));
}

std::string release_path(std::string_view project, std::string_view version, std::string_view verb) {
  return fmt::format("{}/releases/{}/{}", project_path(project), percent_encode(version), verb);
}

}  // namespace packhouse::client
