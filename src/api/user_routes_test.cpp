#include "api/testing/routes_fixture.hpp"

namespace packhouse::api {
namespace {

using namespace api::testing;

class UserRoutesTest : public RoutesTest {
 protected:
  json::Value call(Method method, std::string path, std::string body, int status) {
    const auto response = send(request(method, std::move(path), admin_), std::move(body));
    EXPECT_EQ(response.status, status) << text_of(response);
    EXPECT_EQ(response.headers.get("Content-Type"), "application/json");
    const auto value = json::parse(text_of(response));
    EXPECT_TRUE(value.ok()) << text_of(response);
    return value.ok() ? *value : json::Value{};
  }

  static http::Request login(Method method, std::string path, std::string_view user,
                             std::string_view password) {
    auto made = request(method, std::move(path));
    made.headers.add("Authorization", "Basic " + to_base64(fmt::format("{}:{}", user, password)));
    return made;
  }

  int status_for(Method method, std::string path, std::string_view password = "correct horse") {
    return status_of(send(login(method, std::move(path), "alice", password)));
  }

  void make_alice(std::string_view permissions = "[]") {
    call(Method::post, "/api/v1/users",
         fmt::format(R"({{"name":"alice","permissions":{},"password":"correct horse"}})", permissions), 201);
  }
};

TEST_F(UserRoutesTest, a_user_is_made_listed_without_password_and_disabled) {
  make_alice(R"(["read"])");
  EXPECT_EQ(status_for(Method::get, "/simple/"), 200);
  const auto listed = call(Method::get, "/api/v1/users", "", 200);
  EXPECT_EQ(listed.at("users").at(0).at("name"), json::Value("alice"));
  EXPECT_EQ(listed.at("users").at(0).at("has_password"), json::Value(true));
  EXPECT_EQ(json::dump(listed).find("argon2"), std::string::npos);
  call(Method::patch, "/api/v1/users/alice", R"({"disabled":true,"reason":"left"})", 200);
  EXPECT_EQ(status_for(Method::get, "/simple/"), 401);
  call(Method::post, "/api/v1/users", R"({"name":"alice"})", 409);
}

TEST_F(UserRoutesTest, a_request_changes_one_property_of_a_user) {
  make_alice();
  call(Method::patch, "/api/v1/users/alice", "{}", 400);
  call(Method::patch, "/api/v1/users/alice", R"({"disabled":true,"permissions":[]})", 400);
  call(Method::patch, "/api/v1/users/bob", R"({"disabled":true})", 404);
  const auto refused = call(Method::patch, "/api/v1/users/alice", R"({"password":"canary"})", 400);
  EXPECT_EQ(json::dump(refused).find("canary"), std::string::npos);
  call(Method::patch, "/api/v1/users/alice", R"({"permissions":["read"]})", 200);
  EXPECT_EQ(status_for(Method::get, "/simple/"), 200);
  call(Method::patch, "/api/v1/users/alice", R"({"password":"battery staple"})", 200);
  EXPECT_EQ(status_for(Method::get, "/simple/"), 401);
  EXPECT_EQ(status_for(Method::get, "/simple/", "battery staple"), 200);
}

TEST_F(UserRoutesTest, a_maintainer_uploads_to_the_project_and_to_no_other) {
  make_alice();
  call(Method::put, "/api/v1/projects/mine/roles/alice", R"({"role":"maintainer"})", 200);
  const auto upload_as_alice = [&](const std::string& project) {
    const auto name = wheel_filename(project, "1.0");
    auto made = login(Method::post, "/legacy/", "alice", "correct horse");
    made.headers.add("Content-Type", "multipart/form-data; boundary=XX");
    return send(std::move(made), multipart(upload_parts(name, wheel_bytes(project, "1.0"), project, "1.0")));
  };
  EXPECT_EQ(upload_as_alice("mine").status, 200);
  const auto refused = upload_as_alice("other");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.reason, "this user isn't allowed to upload to project \"other\"");
  EXPECT_FALSE(site_.store->catalog().project("main", "other").ok());
  EXPECT_EQ(status_for(Method::get, "/simple/mine/"), 200);
  EXPECT_EQ(status_for(Method::get, "/simple/demo/"), 403);
  EXPECT_EQ(status_for(Method::get, "/api/v1/projects/mine/roles"), 403) << "only an owner";
  const auto entry = site_.store->ledger().entries(0, 100)->back();
  EXPECT_EQ(entry.note.action, "file.upload");
  EXPECT_EQ(entry.note.actor.kind, "user");
  EXPECT_EQ(entry.note.actor.id, "alice");
}

TEST_F(UserRoutesTest, an_owner_manages_the_roles_of_the_project) {
  make_alice();
  call(Method::put, "/api/v1/projects/mine/roles/alice", R"({"role":"owner"})", 200);
  EXPECT_EQ(status_for(Method::get, "/api/v1/projects/mine/roles"), 200);
  EXPECT_EQ(status_for(Method::get, "/api/v1/projects/other/roles"), 403);
  EXPECT_EQ(status_for(Method::get, "/api/v1/users"), 403);
  const auto roles = call(Method::get, "/api/v1/projects/mine/roles", "", 200);
  EXPECT_EQ(json::dump(roles), R"({"roles":[{"project":"mine","user":"alice","role":"owner"}]})");
  EXPECT_EQ(status_for(Method::del, "/api/v1/projects/mine/roles/alice"), 200);
  EXPECT_EQ(status_for(Method::get, "/api/v1/projects/mine/roles"), 403);
  call(Method::put, "/api/v1/projects/mine/roles/alice", R"({"role":"king"})", 400);
  call(Method::put, "/api/v1/projects/mine/roles/bob", R"({"role":"owner"})", 404);
  call(Method::del, "/api/v1/projects/mine/roles/alice", "", 404);
}

TEST_F(UserRoutesTest, guessing_is_answered_with_429_and_retry_after) {
  make_alice(R"(["read"])");
  for (unsigned i = 0; i < auth::LoginThrottle::free_attempts; ++i)
    EXPECT_EQ(status_for(Method::get, "/simple/", "wrong horse!"), 401);
  const auto slowed = send(login(Method::get, "/simple/", "alice", "correct horse"));
  EXPECT_EQ(slowed.status, 429);
  EXPECT_EQ(slowed.headers.get("Retry-After"), "1");
  EXPECT_EQ(slowed.reason, "too many failed log-ins");
  site_.clock.sleep(std::chrono::seconds{1});
  EXPECT_EQ(status_for(Method::get, "/simple/"), 200);
}

TEST_F(UserRoutesTest, a_remembered_password_is_answered_on_the_io_thread) {
  make_alice(R"(["read"])");
  auto made = login(Method::get, "/simple/demo/", "alice", "correct horse");
  EXPECT_FALSE(gate_.quick(made)) << "Argon2id is not for an I/O thread";
  EXPECT_EQ(status_of(gate_.handle(made)), 200);
  EXPECT_TRUE(gate_.quick(made));
}

}  // namespace
}  // namespace packhouse::api
