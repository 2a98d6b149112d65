#include "routing/problem.hpp"

#include <fmt/format.h>

#include <array>

#include "base/json.hpp"
#include "base/text.hpp"
#include "http/negotiate.hpp"
#include "http/status.hpp"

namespace packhouse::routing {
namespace {

constexpr std::size_t max_reason = 400;  // bytes: proxies refuse status lines of some kilobytes

/// One line; a cut never splits a UTF-8 sequence.
std::string reason_of(std::string_view message) {
  std::string reason;
  while (!message.empty() && reason.size() < max_reason) {
    const auto length = std::max<std::size_t>(1, utf8_sequence_length(message));
    const bool control = length == 1 && (static_cast<unsigned char>(message[0]) < 0x20 || message[0] == 0x7F);
    reason.append(control ? std::string_view{" "} : message.substr(0, length));
    message.remove_prefix(length);
  }
  return reason;
}

std::string text_body(const Error& error) {
  if (error.hint.empty()) return error.message + "\n";
  return fmt::format("{}\nhint: {}\n", error.message, error.hint);
}

json::Object json_problem(int status, const Error& error) {
  json::Object body{
      {"message", error.message}, {"code", error.message}, {"title", http::standard_reason(status)}};
  if (!error.hint.empty()) body["hint"] = error.hint;
  return body;
}

json::Object problem_body(int status, const Error& error) {
  json::Object body{{"type", "about:blank"},
                    {"title", http::standard_reason(status)},
                    {"status", status},
                    {"detail", error.message}};
  if (!error.hint.empty()) body["hint"] = error.hint;
  return body;
}

void add_refusal_fields(http::Response& response, const Error& error) {
  response.reason = reason_of(error.message);
  response.headers.add("Cache-Control", "no-store");
}

}  // namespace

int status_of(Errc code) noexcept {
  switch (code) {
    case Errc::invalid_input:
      return 400;
    case Errc::unauthenticated:
      return 401;
    case Errc::forbidden:
      return 403;
    case Errc::not_found:
      return 404;
    case Errc::conflict:
      return 409;
    case Errc::gone:
      return 410;
    case Errc::too_large:
      return 413;
    case Errc::refused:
      return 422;
    case Errc::rate_limited:
      return 429;
    case Errc::unavailable:
    case Errc::cancelled:
      return 503;
    case Errc::internal:
      return 500;
  }
  return 500;
}

ProblemFormat problem_format(std::string_view accept, ProblemFormat otherwise) {
  if (otherwise == ProblemFormat::upload) return otherwise;
  constexpr std::array<std::string_view, 4> offered{"packhouse/any", "application/json",
                                                    "application/problem+json", "text/plain"};
  constexpr std::array meaning{ProblemFormat::text, ProblemFormat::json, ProblemFormat::problem_json,
                               ProblemFormat::text};
  // No client asks for the first type by its name: only "*/*", or no field at all, chooses it.
  const auto chosen = http::choose_media_type(accept, offered);
  return !chosen || *chosen == 0 ? otherwise : meaning[*chosen];
}

http::Response problem(int status, const Error& error, ProblemFormat format) {
  http::Response response;
  switch (format) {
    case ProblemFormat::text:
      response = http::Response::text(status, text_body(error));
      break;
    case ProblemFormat::json:
      response = http::Response::text(status, json::dump(json_problem(status, error)), "application/json");
      break;
    case ProblemFormat::problem_json:
      response =
          http::Response::text(status, json::dump(problem_body(status, error)), "application/problem+json");
      break;
    case ProblemFormat::upload: {
      const ProblemItem item{.source = "request", .message = error.message};
      return upload_problem(status, error, {&item, 1});
    }
  }
  add_refusal_fields(response, error);
  return response;
}

http::Response upload_problem(int status, const Error& error, std::span<const ProblemItem> items) {
  auto body = problem_body(status, error);
  body["meta"] = json::Object{{"api-version", "2.0"}};
  json::Array errors;
  for (const auto& item : items)
    errors.emplace_back(json::Object{{"source", item.source}, {"message", item.message}});
  body["errors"] = std::move(errors);
  auto response = http::Response::text(status, json::dump(body), "application/problem+json");
  add_refusal_fields(response, error);
  return response;
}

http::Response refuse(const http::Request& request, int status, const Error& error, ProblemFormat otherwise) {
  return problem(status, error, problem_format(request.headers.get_all("Accept"), otherwise));
}

}  // namespace packhouse::routing
