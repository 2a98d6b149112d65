#include "http/redacting_client.hpp"

#include <gmock/gmock.h>

#include "http/testing/scripted_client.hpp"

namespace packhouse::http {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(RedactingClient, takes_secrets_out_of_what_a_peer_says_of_a_failure) {
  Redactor redactor;
  redactor.add(Secret{"canary-secret"});
  auto scripted = std::make_unique<http::ScriptedClient>();
  http::ScriptedClient& inner = *scripted;
  RedactingClient client(std::move(scripted), redactor);
  inner.expect(
      http::Method::get, "https://h.example/a",
      {.status = 403, .reason = "no canary-secret", .headers = {}, .body = "you sent canary-secret"});
  inner.expect(http::Method::get, "https://h.example/b", Error{Errc::unavailable, "lost canary-secret"});
  http::ClientRequest request;
  request.url = "https://h.example/a";
  const auto refused = client.send(request).value();
  EXPECT_THAT(refused.reason + refused.body, Not(HasSubstr("canary")));
  request.url = "https://h.example/b";
  EXPECT_THAT(client.send(request).error().message, Not(HasSubstr("canary")));
}

TEST(RedactingClient, leaves_good_bytes_as_they_are) {
  Redactor redactor;
  redactor.add(Secret{"wheel"});
  auto scripted = std::make_unique<http::ScriptedClient>();
  http::ScriptedClient& inner = *scripted;
  RedactingClient client(std::move(scripted), redactor);
  inner.expect(http::Method::get, "https://h.example/a",
               {.status = 200, .reason = {}, .headers = {}, .body = "the wheel's bytes"});
  http::ClientRequest request;
  request.url = "https://h.example/a";
  EXPECT_EQ(client.send(request).value().body, "the wheel's bytes");
}

TEST(Redaction, reaches_every_text_of_a_document) {
  Redactor redactor;
  redactor.add(Secret{"canary-secret"});
  const json::Value document = json::Object{
      {"canary-secret", json::Array{"x canary-secret", 7, json::Object{{"y", "canary-secret"}}}}};
  EXPECT_EQ(json::dump(redact(redactor, document)), R"({"****":["x ****",7,{"y":"****"}]})");
}

}  // namespace
}  // namespace packhouse::http
