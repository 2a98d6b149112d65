#include "api/oidc_routes.hpp"

#include "api/testing/routes_fixture.hpp"

namespace packhouse::api::testing {
namespace {

class OidcRoutesTest : public RoutesTest {
 protected:
  /// As the server does it, with what was deferred.
  http::Response exchange(const std::string& body, std::string_view type = "") {
    auto made = request(Method::post, "/_/oidc/mint-token");
    made.headers.add("Content-Type", std::string(type));
    auto response = send(std::move(made), body);
    while (response.deferred) {
      const auto rest = response.deferred;
      response = rest->call();
    }
    return response;
  }

  std::string identity(std::string_view id = "run-1") {
    const auto now = std::chrono::floor<std::chrono::seconds>(site_.clock.now()).time_since_epoch().count();
    auto claims = oidc::github_claims(now);
    claims["jti"] = id;
    return json::dump(json::Object{{"token", github_.key().sign(claims)}});
  }

  http::Response add(std::string_view project, const Secret& who, const json::Object& conditions) {
    return send(request(Method::post, fmt::format("/api/v1/projects/{}/publishers", project), who),
                json::dump(json::Object{{"kind", "github"},
                                        {"conditions", conditions},
                                        {"permissions", json::Array{"read", "stage", "upload"}}}));
  }

  static json::Object body_of(const http::Response& response) {
    return json::parse(std::get<std::string>(response.body)).value().as_object();
  }
  static std::string code_of(const http::Response& response) {
    const auto errors = json::get_array(body_of(response), "errors");
    return json::get_string(errors.value().at(0).as_object(), "code").value();
  }

  const json::Object nqctl_{{"repository", "lab/nqctl"},
                            {"workflow", ".github/workflows/publish-private.yml"}};
};

TEST_F(OidcRoutesTest, tells_clients_the_audience_and_where_to_exchange) {
  const auto audience = send(request(Method::get, "/_/oidc/audience"));
  EXPECT_EQ(audience.status, 200);
  EXPECT_EQ(json::get_string(body_of(audience), "audience"), "packages.example.org");
  auto made = request(Method::get, "/.well-known/pytp");
  made.query = "discover=%2Flegacy%2F";
  made.headers.add("Host", "packages.example.org");
  const auto found = body_of(send(std::move(made)));
  EXPECT_TRUE(json::get_string(found, "audience-endpoint").value().ends_with("/_/oidc/audience"));
  EXPECT_TRUE(json::get_string(found, "token-mint-endpoint").value().ends_with("/_/oidc/mint-token"));
}

TEST_F(OidcRoutesTest, exchanges_an_identity_token_whatever_type_the_body_is_said_to_have) {
  ASSERT_EQ(add("demo", admin_, nqctl_).status, 201);
  for (const auto* type : {"", "application/json", "text/plain"}) {
    const auto minted = exchange(identity(fmt::format("run-of-{}", type)), type);
    EXPECT_EQ(minted.status, 200) << type;
    const auto body = body_of(minted);
    EXPECT_TRUE(json::get_bool(body, "success").value());
    const auto now = std::chrono::floor<std::chrono::seconds>(site_.clock.now()).time_since_epoch().count();
    EXPECT_EQ(json::get_int(body, "expires").value(), now + 900);
    const Secret token{json::get_string(body, "token").value()};
    EXPECT_EQ(send(request(Method::get, "/simple/demo/", token)).status, 200);
    EXPECT_EQ(send(request(Method::get, "/api/v1/tokens", token)).status, 403);
    EXPECT_EQ(send(request(Method::get, "/simple/", token)).status, 403) << "bound to its projects";
  }
}

TEST_F(OidcRoutesTest, refuses_in_the_words_of_the_protocol) {
  EXPECT_EQ(exchange("nonsense").status, 422);
  EXPECT_EQ(code_of(exchange("nonsense")), "invalid-payload");
  EXPECT_EQ(code_of(exchange(R"({"token": 7})")), "invalid-payload");
  const auto refused = exchange(identity());
  EXPECT_EQ(refused.status, 422);
  EXPECT_EQ(code_of(refused), "invalid-publisher");
  EXPECT_TRUE(json::get_string(body_of(refused), "message").ok());
  ASSERT_EQ(add("demo", admin_, nqctl_).status, 201);
  EXPECT_EQ(exchange(identity()).status, 200);
  EXPECT_EQ(code_of(exchange(identity())), "invalid-reuse-token");
}

TEST_F(OidcRoutesTest, logs_no_token) {
  ASSERT_EQ(add("demo", admin_, nqctl_).status, 201);
  const auto sent = identity();
  const auto token = json::get_string(body_of(exchange(sent)), "token").value();
  EXPECT_EQ(logged_.str().find(token), std::string::npos);
  EXPECT_NE(logged_.str().find("minted token"), std::string::npos);
  const auto sent_token = json::get_string(json::parse(sent).value().as_object(), "token").value();
  EXPECT_EQ(logged_.str().find(sent_token), std::string::npos);
}

TEST_F(OidcRoutesTest, says_that_no_issuer_is_believed) {
  oidc::TokenMint none{"", {}, site_.store->publishers(), site_.store->access(), site_.clock, authenticator_};
  OidcRoutes group{none, routing::BaseUrl{}, log_};
  const routing::Route route;
  auto made = request(Method::post, "/_/oidc/mint-token");
  routing::RequestContext call{.request = made, .route = route};
  EXPECT_EQ(group.audience(call).status, 404);
  EXPECT_EQ(group.discover(call).status, 404);
  EXPECT_EQ(code_of(group.mint(call)), "not-enabled");
}

TEST_F(OidcRoutesTest, let_owners_keep_the_publishers_of_their_project) {
  const auto owner = issue("admin", "demo");
  const auto added = add("demo", owner, nqctl_);
  ASSERT_EQ(added.status, 201);
  EXPECT_EQ(add("other", owner, nqctl_).status, 403);
  EXPECT_EQ(add("demo", owner, nqctl_).status, 409);
  EXPECT_EQ(add("demo", owner, {{"repository", "lab/nqctl"}}).status, 400);
  const auto listed = send(request(Method::get, "/api/v1/projects/demo/publishers", owner));
  EXPECT_EQ(json::get_array(body_of(listed), "publishers").value().size(), 1U);
  EXPECT_EQ(send(request(Method::get, "/api/v1/publishers", owner)).status, 403);
  EXPECT_EQ(send(request(Method::get, "/api/v1/publishers", admin_)).status, 200);
  const auto id = json::get_int(body_of(added), "id").value();
  const auto path = fmt::format("/api/v1/projects/demo/publishers/{}", id);
  EXPECT_EQ(send(request(Method::del, path, reader_)).status, 403);
  EXPECT_EQ(send(request(Method::del, path, owner)).status, 200);
  EXPECT_EQ(send(request(Method::del, path, owner)).status, 404);
  EXPECT_EQ(send(request(Method::del, "/api/v1/projects/demo/publishers/x", owner)).status, 404);
}

}  // namespace
}  // namespace packhouse::api::testing
