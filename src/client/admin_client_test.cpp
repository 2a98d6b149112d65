#include "client/admin_client.hpp"

#include <gtest/gtest.h>

#include "http/testing/scripted_client.hpp"

namespace packhouse::client {
namespace {

class AdminClientTest : public ::testing::Test {
 protected:
  static http::ClientResponse answer(int status, const std::string& type, const std::string& body) {
    http::ClientResponse response{.status = status, .reason = "Such", .headers = {}, .body = body};
    response.headers.add("Content-Type", type);
    return response;
  }
  Result<json::Object> call(int status, const std::string& type, const std::string& body) {
    client.expect(http::Method::get, "https://index.example/prod/api/v1/tokens", answer(status, type, body));
    return admin.call(http::Method::get, "api/v1/tokens");
  }

  http::ScriptedClient client;
  AdminClient admin{client, http::Url::parse("https://index.example/prod/?page=1").value(),
                    http::BearerAuth{Secret{"canary"}}};
};

TEST_F(AdminClientTest, asks_below_the_index_with_its_credential) {
  const auto document = call(200, "application/json", R"({"tokens":[]})");
  ASSERT_TRUE(document.ok());
  EXPECT_TRUE(document->contains("tokens"));
  ASSERT_EQ(client.requests().size(), 1U);
  EXPECT_EQ(client.requests()[0].auth, http::RecordedRequest::Auth::bearer);
  EXPECT_EQ(client.requests()[0].body, "");
}

TEST_F(AdminClientTest, a_change_has_a_json_body) {
  client.expect(http::Method::put, "https://index.example/prod/api/v1/projects/demo/status",
                answer(200, "application/json", "{}"));
  EXPECT_TRUE(admin.call(http::Method::put, project_path("demo") + "/status", {{"status", "archived"}}).ok());
  EXPECT_EQ(client.requests()[0].body, R"({"status":"archived"})");
  EXPECT_EQ(client.requests()[0].headers.get("Content-Type"), "application/json");
}

TEST_F(AdminClientTest, a_refusal_keeps_the_servers_message_hint_and_kind) {
  const auto refused =
      call(409, "application/problem+json", R"({"detail":"there is one already","hint":"take another"})");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Errc::conflict);
  EXPECT_EQ(refused.error().message, "there is one already");
  EXPECT_EQ(refused.error().hint, "take another");
}

TEST_F(AdminClientTest, a_refusal_without_words_is_named_by_its_status) {
  EXPECT_EQ(call(502, "text/html", "<h1>Bad Gateway</h1>").error().code, Errc::unavailable);
  const auto refused = call(403, "text/html", "no");
  EXPECT_EQ(refused.error().code, Errc::forbidden);
  EXPECT_EQ(refused.error().message, "the server answered 403 \"Such\"");
}

TEST_F(AdminClientTest, an_answer_that_is_no_object_is_a_server_out_of_order) {
  EXPECT_EQ(call(200, "application/json", "[]").error().code, Errc::unavailable);
}

TEST_F(AdminClientTest, paths_are_encoded) {
  EXPECT_EQ(release_path("demo", "1.0+local/x", "yank"),
            "api/v1/projects/demo/releases/1.0%2Blocal%2Fx/yank");
}

}  // namespace
}  // namespace packhouse::client
