#include "client/release_state_client.hpp"

#include <gtest/gtest.h>

#include "client/index_client.hpp"
#include "client/testing/memory_index.hpp"

namespace packhouse::client {
namespace {

using testing::MemoryIndex;

/// Answers everything in the same way, and keeps what it was asked.
class OneAnswer final : public http::Client {
 public:
  Result<http::ClientResponse> send(const http::ClientRequest& request) override {
    asked.push_back(request);
    return answer;
  }
  http::ClientResponse answer;
  std::vector<http::ClientRequest> asked;
};

class IndexLifeTest : public ::testing::Test {
 protected:
  void answer(int status, const std::string& type, const std::string& body) {
    client.answer = MemoryIndex::answer(status, body);
    client.answer.headers.add("Content-Type", type);
  }
  Result<std::optional<ReleaseStanding>> look(std::string_view url = "https://index.example/team/legacy/") {
    const IndexAddress upload{http::Url::parse(url).value(), http::BasicAuth{"desk", Secret{"canary"}}};
    return ReleaseStateClient(client, upload).look({project, version});
  }

  OneAnswer client;
  ProjectName project = ProjectName::parse("demo").value();
  Version version = Version::parse("1.0").value();
};

TEST_F(IndexLifeTest, asks_beside_the_address_for_uploads_with_its_credential) {
  answer(200, "application/json",
         R"({"serial":3,"releases":[{"version":"1.0.0","yanked":null,"blocked":"it held a password"}]})");
  const auto standing = look();
  ASSERT_TRUE(standing.ok() && *standing);
  EXPECT_TRUE((*standing)->there);
  EXPECT_EQ((*standing)->blocked, "it held a password");
  EXPECT_FALSE((*standing)->yanked);
  ASSERT_EQ(client.asked.size(), 1U);
  EXPECT_EQ(client.asked[0].url, "https://index.example/team/api/v1/projects/demo");
  EXPECT_EQ(std::get<http::BasicAuth>(client.asked[0].auth).user, "desk");
}

TEST_F(IndexLifeTest, an_address_that_is_none_of_a_packhouse_index_is_not_asked) {
  const auto standing = look("https://index.example/");
  ASSERT_TRUE(standing.ok());
  EXPECT_FALSE(*standing);
  EXPECT_TRUE(client.asked.empty());
}

TEST_F(IndexLifeTest, whoever_answers_otherwise_has_no_such_ability) {
  for (const auto& [status, type, body] :
       {std::tuple{404, "text/html", "<h1>Not found</h1>"}, std::tuple{403, "text/html", "no"},
        std::tuple{302, "text/html", ""}, std::tuple{200, "text/html", "<h1>Welcome</h1>"},
        std::tuple{200, "application/json", R"({"releases":{}})"},
        std::tuple{200, "application/json", R"({"serial":1,"releases":["1.0"]})"}}) {
    client.answer = {};
    answer(status, type, body);
    const auto standing = look();
    ASSERT_TRUE(standing.ok()) << status;
    EXPECT_FALSE(*standing) << status << body;
  }
}

TEST_F(IndexLifeTest, a_project_that_a_packhouse_index_lacks_is_not_there) {
  answer(404, "application/problem+json", R"({"detail":"there is no project \"demo\""})");
  const auto standing = look();
  ASSERT_TRUE(standing.ok() && *standing);
  EXPECT_FALSE((*standing)->there);
}

TEST_F(IndexLifeTest, a_credential_without_the_permission_is_named_and_not_repeated) {
  answer(403, "application/problem+json", R"({"detail":"this token may not read"})");
  const auto standing = look();
  ASSERT_FALSE(standing.ok());
  EXPECT_EQ(standing.error().code, Errc::unauthenticated);
  EXPECT_NE(standing.error().hint.find("`yank`"), std::string::npos);
  EXPECT_EQ(standing.error().message.find("canary"), std::string::npos);
}

TEST_F(IndexLifeTest, a_server_in_trouble_is_no_foreign_index) {
  answer(502, "text/html", "<h1>Bad Gateway</h1>");
  EXPECT_EQ(look().error().code, Errc::unavailable);
}

TEST_F(IndexLifeTest, what_is_withdrawn_is_refused_with_the_reason) {
  EXPECT_TRUE(decide_not_withdrawn({.there = true}).passed);
  const Check blocked = decide_not_withdrawn({.there = true, .yanked = "", .blocked = "bad\nwords"});
  EXPECT_FALSE(blocked.passed);
  EXPECT_EQ(blocked.id, "index.not-withdrawn");
  EXPECT_EQ(blocked.found, "blocked: \"bad\\x0awords\"");
  EXPECT_EQ(decide_not_withdrawn({.there = true, .yanked = "old"}).found, "yanked: \"old\"");
}

}  // namespace
}  // namespace packhouse::client
