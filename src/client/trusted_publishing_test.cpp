#include "client/trusted_publishing.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "http/testing/scripted_client.hpp"

namespace packhouse::client {
namespace {

using http::Method;

const http::Url upload = *http::Url::parse("https://packages.example.org/legacy/");
const AmbientIdentity of_github{.request_url = Secret{"https://vstoken.example.org/id?api-version=2"},
                                .request_token = Secret{"request-secret"}};

http::ClientResponse answer(int status, std::string body) {
  return {.status = status, .reason = {}, .headers = {}, .body = std::move(body)};
}

class ExchangeTest : public ::testing::Test {
 protected:
  Result<Secret> exchange(const AmbientIdentity& identity = of_github, const http::Url& where = upload) {
    auto minted = exchange_identity(client_, where, identity,
                                    [this](const Secret& secret) { learned_.emplace_back(secret.reveal()); });
    EXPECT_TRUE(client_.unexpected().empty());
    return minted;
  }
  void expect_audience() {
    client_.expect(Method::get, "https://packages.example.org/_/oidc/audience",
                   answer(200, R"({"audience": "packages.example.org"})"));
  }
  void expect_identity() {
    client_.expect(Method::get, "https://vstoken.example.org/id?api-version=2&audience=packages.example.org",
                   [](const http::ClientRequest& request) -> Result<http::ClientResponse> {
                     const auto* const bearer = std::get_if<http::BearerAuth>(&request.auth);
                     EXPECT_TRUE(bearer != nullptr && bearer->token.reveal() == "request-secret");
                     return answer(200, R"({"value": "eyJ.identity.token"})");
                   });
  }
  void expect_mint(int status, const std::string& body) {
    client_.expect(Method::post, "https://packages.example.org/_/oidc/mint-token",
                   [=](const http::ClientRequest& request) -> Result<http::ClientResponse> {
                     EXPECT_EQ(std::get<std::string>(request.body), R"({"token":"eyJ.identity.token"})");
                     EXPECT_TRUE(std::holds_alternative<std::monostate>(request.auth));
                     return answer(status, body);
                   });
  }

  http::ScriptedClient client_;
  std::vector<std::string> learned_;
};

TEST_F(ExchangeTest, gives_a_token_for_the_identity_that_the_CI_states) {
  expect_audience();
  expect_identity();
  expect_mint(200, R"({"success": true, "token": "phk_minted", "expires": 1})");
  const auto minted = exchange();
  ASSERT_TRUE(minted.ok()) << minted.error().message;
  EXPECT_EQ(minted->reveal(), "phk_minted");
  EXPECT_EQ(learned_, (std::vector<std::string>{"eyJ.identity.token", "phk_minted"}));
}

TEST_F(ExchangeTest, takes_the_token_that_GitLab_put_into_the_environment) {
  expect_audience();
  expect_mint(200, R"({"token": "phk_minted"})");
  const AmbientIdentity of_gitlab{
      .tokens = {{"PACKAGES_EXAMPLE_ORG_ID_TOKEN", Secret{"eyJ.identity.token"}}}};
  EXPECT_EQ(exchange(of_gitlab)->reveal(), "phk_minted");
}

TEST_F(ExchangeTest, names_the_variable_that_lacks) {
  expect_audience();
  const AmbientIdentity of_another{.tokens = {{"PYPI_ID_TOKEN", Secret{"eyJ.identity.token"}}}};
  const auto minted = exchange(of_another);
  EXPECT_EQ(minted.error().code, Errc::unauthenticated);
  EXPECT_EQ(minted.error().message,
            "expected an identity token in PACKAGES_EXAMPLE_ORG_ID_TOKEN, found none");
}

TEST_F(ExchangeTest, says_why_the_index_refuses_the_run) {
  expect_audience();
  expect_identity();
  expect_mint(422,
              R"({"message": "m", "errors": [{"code": "invalid-publisher", "description": "no such run"}]})");
  const auto minted = exchange();
  EXPECT_EQ(minted.error().code, Errc::unauthenticated);
  EXPECT_EQ(minted.error().message,
            "the index at packages.example.org gives this run no token: \"no such run\"");
}

TEST_F(ExchangeTest, tells_an_index_without_trusted_publishing) {
  client_.expect(Method::get, "https://packages.example.org/_/oidc/audience", answer(404, ""));
  EXPECT_EQ(exchange().error().message, "the index at packages.example.org takes no identity tokens of CI");
}

TEST_F(ExchangeTest, is_tried_again_where_the_index_or_the_CI_fails) {
  expect_audience();
  expect_identity();
  expect_mint(503, "");
  EXPECT_EQ(exchange().error().code, Errc::unavailable);
  expect_audience();
  client_.expect(Method::get, "https://vstoken.example.org/id?api-version=2&audience=packages.example.org",
                 answer(500, "no"));
  EXPECT_EQ(exchange().error().code, Errc::unavailable);
}

TEST_F(ExchangeTest, sends_no_identity_in_the_clear) {
  const auto plain = exchange(of_github, *http::Url::parse("http://packages.example.org/legacy/"));
  EXPECT_EQ(plain.error().code, Errc::forbidden);
  expect_audience();
  const AmbientIdentity to_plain{.request_url = Secret{"http://vstoken.example.org/id"},
                                 .request_token = Secret{"request-secret"}};
  EXPECT_EQ(exchange(to_plain).error().code, Errc::forbidden);
}

}  // namespace
}  // namespace packhouse::client
