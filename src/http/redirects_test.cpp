#include "http/redirects.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "http/testing/scripted_client.hpp"

namespace packhouse::http {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

ClientResponse redirect(std::string location, int status = 302) {
  ClientResponse response;
  response.status = status;
  if (!location.empty()) response.headers.add("Location", std::move(location));
  return response;
}

class RedirectsTest : public testing::Test {
 protected:
  /// Sends the token to origin.example only, and stops before stop.example.
  static RedirectPolicy policy() {
    using Hop = RedirectPolicy::Hop;
    auto before_request = [](const Url& target, ClientRequest& request) -> Result<Hop> {
      if (target.host == "stop.example") return Hop::stop;
      if (target.host == "bad.example") return Error{Errc::forbidden, "not there"};
      if (target.host == "origin.example") request.auth = BearerAuth{Secret{"token"}};
      return Hop::send;
    };
    return {.what = "a page", .max_redirects = 2, .before_request = std::move(before_request)};
  }
  Result<Destination> follow(ClientRequest request = {}) {
    return follow_redirects(client, Url::parse("https://origin.example/a").value(), std::move(request),
                            policy());
  }

  ScriptedClient client;
};

TEST_F(RedirectsTest, gives_an_answer_that_is_no_redirect) {
  client.expect(Method::get, "https://origin.example/a", json_response(404, "{}"));
  const auto end = follow().value();
  EXPECT_EQ(end.url.str(), "https://origin.example/a");
  EXPECT_EQ(end.response->status, 404);
}

TEST_F(RedirectsTest, follows_relative_and_absolute_locations_and_sends_the_credential_to_its_origin_only) {
  client.expect(Method::get, "https://origin.example/a", redirect("b?c", 301));
  client.expect(Method::get, "https://origin.example/b?c", redirect("https://other.example/d", 308));
  client.expect(Method::get, "https://other.example/d", json_response(200, "{}"));
  ClientRequest request;
  request.headers.add("Accept", "text/html");
  const auto end = follow(request).value();
  EXPECT_EQ(end.url.str(), "https://other.example/d");
  EXPECT_EQ(end.response->body, "{}");
  using Auth = RecordedRequest::Auth;
  const auto& asked = client.requests();
  ASSERT_EQ(asked.size(), 3U);
  EXPECT_EQ(asked[0].auth, Auth::bearer);
  EXPECT_EQ(asked[1].auth, Auth::bearer);
  EXPECT_EQ(asked[2].auth, Auth::none);
  EXPECT_EQ(asked[2].headers.get("Accept"), "text/html");
}

TEST_F(RedirectsTest, takes_a_credential_of_the_caller_from_the_request) {
  client.expect(Method::get, "https://origin.example/a", redirect("https://other.example/"));
  client.expect(Method::get, "https://other.example/", json_response(200, "{}"));
  ClientRequest request;
  request.auth = BasicAuth{"user", Secret{"password"}};
  ASSERT_TRUE(follow(request).ok());
  EXPECT_EQ(client.requests().at(0).auth, RecordedRequest::Auth::bearer);
  EXPECT_EQ(client.requests().at(1).auth, RecordedRequest::Auth::none);
}

TEST_F(RedirectsTest, follows_no_more_than_the_policy_allows) {
  client.always(Method::get, "https://origin.example/a", redirect("https://origin.example/a"));
  const auto result = follow();
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error(), (Error{Errc::unavailable, "expected a page, found more than 2 redirects"}));
  EXPECT_EQ(client.requests().size(), 3U);
}

TEST_F(RedirectsTest, asks_no_target_that_the_policy_stops_at_or_refuses) {
  client.expect(Method::get, "https://origin.example/a", redirect("https://stop.example/x"));
  const auto end = follow().value();
  EXPECT_EQ(end.url.host, "stop.example");
  EXPECT_EQ(end.response, std::nullopt);
  client.expect(Method::get, "https://origin.example/a", redirect("https://bad.example/x"));
  EXPECT_EQ(follow().error().message, "not there");
  EXPECT_THAT(client.lines(), ElementsAre("GET https://origin.example/a", "GET https://origin.example/a"));
}

TEST_F(RedirectsTest, a_location_that_is_no_web_address_is_forbidden) {
  for (const std::string location : {"file:///etc/passwd", "gopher://x/", "http://", "https://a b/"}) {
    client.expect(Method::get, "https://origin.example/a", redirect(location));
    const auto result = follow();
    ASSERT_FALSE(result.ok()) << location;
    EXPECT_EQ(result.error().code, Errc::forbidden) << location;
    EXPECT_THAT(result.error().message, HasSubstr("found a redirect to "));
  }
}

TEST_F(RedirectsTest, gives_redirects_that_name_no_place_and_statuses_that_are_none) {
  for (const auto& answer :
       {redirect("", 302), redirect("/b", 300), redirect("/b", 304), redirect("/b", 201)}) {
    client.expect(Method::get, "https://origin.example/a", answer);
    EXPECT_EQ(follow()->response->status, answer.status);
  }
}

TEST_F(RedirectsTest, passes_the_clients_error_on) {
  client.expect(Method::get, "https://origin.example/a", Error{Errc::unavailable, "down"});
  EXPECT_EQ(follow().error().message, "down");
}

TEST_F(RedirectsTest, repeats_no_request_that_changes_something) {
  ClientRequest request;
  request.method = Method::post;
  EXPECT_THROW((void)follow(request), std::invalid_argument);
}

}  // namespace
}  // namespace packhouse::http
