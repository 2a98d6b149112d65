#include "routing/problem.hpp"

#include <gtest/gtest.h>

namespace packhouse::routing {
namespace {

const Error refusal{Errc::conflict, "File already exists: \"demo-1.0.tar.gz\"", "give it a new version"};

std::string body_of(const http::Response& response) {
  return std::get<std::string>(response.body);
}

TEST(Problem, has_the_form_that_each_client_shows_best) {
  using enum ProblemFormat;
  EXPECT_EQ(problem_format("*/*", text), text);  // twine
  EXPECT_EQ(problem_format("application/json;q=0.9, text/plain;q=0.8, text/html;q=0.7", text), json);  // uv
  EXPECT_EQ(problem_format("application/problem+json", text), problem_json);
  EXPECT_EQ(problem_format("text/html", text), text);
  EXPECT_EQ(problem_format("", json), json);
  EXPECT_EQ(problem_format("*/*", json), json);
  EXPECT_EQ(problem_format("text/plain", json), text);
}

TEST(Problem, the_reason_phrase_carries_the_message) {
  const auto response = problem(400, refusal, ProblemFormat::text);
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.reason, refusal.message);
  EXPECT_EQ(body_of(response), "File already exists: \"demo-1.0.tar.gz\"\nhint: give it a new version\n");
  EXPECT_EQ(response.headers.get("Cache-Control"), "no-store");
}

TEST(Problem, upload_2_0_always_gets_the_form_of_pep_694) {
  EXPECT_EQ(problem_format("application/json", ProblemFormat::upload), ProblemFormat::upload);
  const auto response = problem(409, refusal, ProblemFormat::upload);
  EXPECT_EQ(response.headers.get("Content-Type"), "application/problem+json");
  EXPECT_EQ(response.headers.get("Cache-Control"), "no-store");
  EXPECT_EQ(body_of(response),
            R"({"type":"about:blank","title":"Conflict","status":409,)"
            R"("detail":"File already exists: \"demo-1.0.tar.gz\"","hint":"give it a new version",)"
            R"("meta":{"api-version":"2.0"},"errors":[{"source":"request",)"
            R"("message":"File already exists: \"demo-1.0.tar.gz\""}]})");
}

TEST(Problem, json_has_message_code_and_title_under_exactly_its_type) {
  const auto response = problem(400, refusal, ProblemFormat::json);
  EXPECT_EQ(response.headers.get("Content-Type"), "application/json");
  EXPECT_EQ(body_of(response), R"({"message":"File already exists: \"demo-1.0.tar.gz\"",)"
                               R"("code":"File already exists: \"demo-1.0.tar.gz\"","title":"Bad Request",)"
                               R"("hint":"give it a new version"})");
}

TEST(Problem, problem_json_is_that_of_rfc_9457_under_exactly_its_type) {
  const auto response = problem(404, {Errc::not_found, "no such thing"}, ProblemFormat::problem_json);
  EXPECT_EQ(response.headers.get("Content-Type"), "application/problem+json");
  EXPECT_EQ(body_of(response),
            R"({"type":"about:blank","title":"Not Found","status":404,"detail":"no such thing"})");
}

TEST(Problem, a_long_or_multi_line_message_makes_one_short_reason) {
  const auto response =
      problem(400, {Errc::invalid_input, "a\r\nX: y" + std::string(1000, 'x')}, ProblemFormat::text);
  EXPECT_TRUE(response.reason.starts_with("a  X: yx"));
  EXPECT_EQ(response.reason.size(), 400U);
  const auto wide =
      problem(400, {Errc::invalid_input, "é" + std::string(398, 'x') + "é"}, ProblemFormat::text);
  EXPECT_EQ(wide.reason.size(), 400U) << "a cut must not split a character";
}

TEST(Problem, every_kind_of_error_has_its_status) {
  EXPECT_EQ(status_of(Errc::invalid_input), 400);
  EXPECT_EQ(status_of(Errc::unauthenticated), 401);
  EXPECT_EQ(status_of(Errc::forbidden), 403);
  EXPECT_EQ(status_of(Errc::not_found), 404);
  EXPECT_EQ(status_of(Errc::conflict), 409);
  EXPECT_EQ(status_of(Errc::gone), 410);
  EXPECT_EQ(status_of(Errc::too_large), 413);
  EXPECT_EQ(status_of(Errc::rate_limited), 429);
  EXPECT_EQ(status_of(Errc::unavailable), 503);
  EXPECT_EQ(status_of(Errc::internal), 500);
}

}  // namespace
}  // namespace packhouse::routing
