#include "http/testing/scripted_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace packhouse::http {
namespace {

using testing::ElementsAre;

ClientRequest get(std::string url) {
  ClientRequest request;
  request.url = std::move(url);
  return request;
}

TEST(ScriptedClient, answers_from_its_script_and_records_what_was_asked) {
  ScriptedClient client;
  client.expect(Method::get, "https://host/a", json_response(200, "{}"));
  client.expect(Method::get, "https://host/a", Error{Errc::unavailable, "down"});
  auto request = get("https://host/a");
  request.auth = BasicAuth{"user", Secret("hidden")};
  const auto first = client.send(request);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(first->body, "{}");
  EXPECT_EQ(first->reason, "OK");
  EXPECT_EQ(client.send(get("https://host/a")).error().message, "down");
  EXPECT_THAT(client.lines(), ElementsAre("GET https://host/a", "GET https://host/a"));
  EXPECT_EQ(client.requests()[0].auth, RecordedRequest::Auth::basic);
  EXPECT_EQ(client.requests()[0].user, "user");
  EXPECT_EQ(client.requests()[1].auth, RecordedRequest::Auth::none);
  EXPECT_TRUE(client.unmet().empty() && client.unexpected().empty());
}

TEST(ScriptedClient, lists_unmet_and_unexpected_requests) {
  ScriptedClient client;
  client.expect(Method::get, "https://host/a", json_response(200, "{}"));
  EXPECT_EQ(client.send(get("https://host/b")).error(),
            (Error{Errc::internal, "the script expects no GET https://host/b"}));
  EXPECT_THAT(client.unmet(), ElementsAre("GET https://host/a"));
  EXPECT_THAT(client.unexpected(), ElementsAre("GET https://host/b"));
}

TEST(ScriptedClient, some_answers_repeat) {
  ScriptedClient client;
  client.always(Method::get, "https://host/a", json_response(200, "{}"));
  client.always_like(Method::get, "files", begins_with("https://host/files/"),
                     [](const ClientRequest& request) { return json_response(404, request.url); });
  EXPECT_TRUE(client.unmet().empty());
  EXPECT_TRUE(client.send(get("https://host/a")).ok());
  EXPECT_TRUE(client.send(get("https://host/a")).ok());
  EXPECT_EQ(client.send(get("https://host/files/x"))->body, "https://host/files/x");
}

TEST(ScriptedClient, gives_good_bodies_to_the_sink_and_keeps_the_limit) {
  ScriptedClient client;
  const std::string body(2500, 'x');
  client.always(Method::get, "https://host/a", json_response(200, body));
  client.always(Method::get, "https://host/b", json_response(404, "no"));
  std::string sunk;
  int pieces = 0;
  auto request = get("https://host/a");
  request.sink = [&](std::string_view bytes) {
    sunk += bytes;
    ++pieces;
    return success();
  };
  EXPECT_TRUE(client.send(request)->body.empty());
  EXPECT_EQ(sunk, body);
  EXPECT_EQ(pieces, 3);
  request.url = "https://host/b";
  EXPECT_EQ(client.send(request)->body, "no");
  request.url = "https://host/a";
  request.max_body = 2499;
  EXPECT_EQ(client.send(request).error().code, Errc::too_large);
}

TEST(ScriptedClient, refuses_credentials_in_a_url) {
  ScriptedClient client;
  EXPECT_EQ(client.send(get("https://user:pass@host/")).error().code, Errc::invalid_input);
  EXPECT_TRUE(client.requests().empty());
}

}  // namespace
}  // namespace packhouse::http
