#include "api/testing/routes_fixture.hpp"

namespace packhouse::api {
namespace {

using namespace api::testing;

class AdminRoutesTest : public RoutesTest {
 protected:
  json::Value call(Method method, std::string path, std::string body, int status) {
    const auto response = send(request(method, std::move(path), admin_), std::move(body));
    EXPECT_EQ(response.status, status) << text_of(response);
    EXPECT_EQ(response.headers.get("Content-Type"), "application/json");
    EXPECT_EQ(response.headers.get("Cache-Control"), "no-store");
    const auto value = json::parse(text_of(response));
    EXPECT_TRUE(value.ok()) << text_of(response);
    return value.ok() ? *value : json::Value{};
  }
};

TEST_F(AdminRoutesTest, makes_a_token_that_works_lists_it_without_its_text_and_revokes_it) {
  const auto made =
      call(Method::post, "/api/v1/tokens",
           R"({"label":"ci","permissions":["read"],"project":"Demo","expires_in_days":7})", 201);
  const Secret token{std::string(made.at("token").as_string())};
  EXPECT_EQ(made.at("project"), json::Value("demo"));
  EXPECT_EQ(status_of(send(request(Method::get, "/simple/demo/", token))), 200);

  const auto listed = call(Method::get, "/api/v1/tokens", "", 200);
  EXPECT_EQ(json::dump(listed).find(token.reveal()), std::string::npos);
  const auto& last = listed.at("tokens").as_array().back();
  EXPECT_EQ(last.at("label"), json::Value("ci"));
  EXPECT_EQ(last.at("permissions"), (json::Array{"read"}));

  const auto path = fmt::format("/api/v1/tokens/{}", made.at("id").to_number<std::int64_t>());
  call(Method::del, path, R"({"reason":"done"})", 200);
  EXPECT_EQ(status_of(send(request(Method::get, "/simple/demo/", token))), 401);
  call(Method::del, path, "{}", 409);
}

TEST_F(AdminRoutesTest, a_token_is_bound_to_the_user_who_makes_it_unless_it_is_of_a_service) {
  call(Method::post, "/api/v1/users", R"({"name":"alice","permissions":["admin"]})", 201);
  const auto hers =
      call(Method::post, "/api/v1/tokens", R"({"label":"hers","permissions":["admin"],"user":"alice"})", 201);
  EXPECT_EQ(hers.at("made_by"), json::Value{}) << "made by a token without a user";
  const auto made = [&](const std::string& body) {
    const auto response = send(
        request(Method::post, "/api/v1/tokens", Secret{std::string(hers.at("token").as_string())}), body);
    EXPECT_EQ(response.status, 201) << text_of(response);
    return *json::parse(text_of(response));
  };
  const auto own = made(R"({"label":"own","permissions":["read"]})");
  EXPECT_EQ(own.at("user"), json::Value("alice"));
  EXPECT_EQ(own.at("made_by"), json::Value("alice"));
  const auto service =
      made(R"({"label":"service","permissions":["read"],"service":true,"expires_in_days":0})");
  EXPECT_EQ(service.at("user"), json::Value{});
  EXPECT_EQ(service.at("made_by"), json::Value("alice"));
  EXPECT_EQ(service.at("expires"), json::Value{});
}

TEST_F(AdminRoutesTest, refuses_malformed_bodies) {
  for (const std::string body :
       {"", "[]", "{", R"({"label":"x"})", R"({"label":"x","permissions":["fly"]})",
        R"({"label":"x","permissions":"read"})", R"({"label":"x","permissions":[1]})",
        R"({"label":"x","permissions":["read"],"projet":"demo"})",
        R"({"label":"x","permissions":["read"],"expires_in_days":"7"})",
        R"({"label":1,"permissions":["read"]})"}) {
    const auto before = tokens_.list()->size();
    call(Method::post, "/api/v1/tokens", body, 400);
    EXPECT_EQ(tokens_.list()->size(), before) << body;
  }
}

TEST_F(AdminRoutesTest, deletes_a_file_of_the_named_project_with_a_reason) {
  call(Method::del, "/api/v1/projects/demo/files/" + wheel_, "", 400);
  call(Method::del, "/api/v1/projects/other/files/" + wheel_, R"({"reason":"x"})", 404);
  EXPECT_TRUE(site_.store->files().find("main", wheel_).ok());
  const auto gone = call(Method::del, "/api/v1/projects/demo/files/" + wheel_, R"({"reason":"x"})", 200);
  EXPECT_EQ(gone.at("filename"), json::Value(wheel_));
  EXPECT_FALSE(site_.store->files().find("main", wheel_).ok());
}

TEST_F(AdminRoutesTest, shows_the_ledger_in_pages) {
  const auto length = site_.ledger_length();
  auto made = request(Method::get, "/api/v1/ledger", admin_);
  made.query = "after=1&limit=1";
  const auto page = json::parse(text_of(send(made)));
  ASSERT_TRUE(page.ok());
  ASSERT_EQ(page->at("entries").as_array().size(), 1U);
  EXPECT_EQ(page->at("entries").at(0).at("sequence"), json::Value(2));
  EXPECT_EQ(call(Method::get, "/api/v1/ledger", "", 200).at("entries").as_array().size(),
            static_cast<std::size_t>(length));
  for (const auto* query : {"limit=0", "limit=1001", "after=-1", "after=x", "after=99999999999999999999"}) {
    made.query = query;
    EXPECT_EQ(send(made).status, 400) << query;
  }
}

TEST_F(AdminRoutesTest, health_is_open_to_everyone) {
  const auto response = send(request(Method::get, "/-/health"));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(text_of(response), R"({"status":"ok"})");
}

}  // namespace
}  // namespace packhouse::api
