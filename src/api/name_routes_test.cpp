#include "api/name_routes.hpp"

#include <gmock/gmock.h>

#include "api/testing/routes_fixture.hpp"

namespace packhouse::api {
namespace {

using namespace api::testing;
using ::testing::HasSubstr;

class NameRoutesTest : public RoutesTest {
 protected:
  http::Response call(Method method, std::string path, std::string body = {}) {
    return send(request(method, std::move(path), admin_), std::move(body));
  }
  json::Value value_of(const http::Response& response) { return json::parse(text_of(response)).value(); }
  json::Value page(std::string path) { return value_of(get(std::move(path), json_type)); }
  void reserve(std::string_view name, bool prefix = true) {
    const auto body = fmt::format(R"({{"name":"{}","prefix":{},"reason":"ours"}})", name, prefix);
    ASSERT_EQ(call(Method::post, "/api/v1/names", body).status, 201);
  }
};

TEST_F(NameRoutesTest, a_name_is_reserved_once_listed_and_lifted) {
  const std::string body = R"({"name":"Acme","prefix":true,"reason":"ours"})";
  const auto made = call(Method::post, "/api/v1/names", body);
  EXPECT_EQ(made.status, 201);
  EXPECT_EQ(value_of(made).at("name"), json::Value("acme"));
  const auto again = call(Method::post, "/api/v1/names", body);
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(value_of(again).at("new"), json::Value(false));
  const auto listed = value_of(call(Method::get, "/api/v1/names")).at("names").as_array();
  ASSERT_EQ(listed.size(), 1U);
  EXPECT_EQ(listed.at(0).at("prefix"), json::Value(true));
  EXPECT_EQ(listed.at(0).at("reason"), json::Value("ours"));
  EXPECT_EQ(call(Method::del, "/api/v1/names/acme", R"({"reason":"done"})").status, 404) << "a prefix is";
  EXPECT_EQ(call(Method::del, "/api/v1/names/acme", R"({"prefix":true,"reason":"done"})").status, 200);
  EXPECT_TRUE(value_of(call(Method::get, "/api/v1/names")).at("names").as_array().empty());
}

TEST_F(NameRoutesTest, what_is_no_name_or_has_no_reason_is_refused_and_nothing_is_written) {
  const auto before = site_.footprint();
  for (const char* body : {R"({"name":"-","reason":"ours"})", R"({"name":"acme"})", R"({"reason":"ours"})",
                           R"({"name":"acme","reason":""})", R"({"name":"acme","reason":"x","what":1})"})
    EXPECT_EQ(call(Method::post, "/api/v1/names", body).status, 400) << body;
  EXPECT_EQ(site_.footprint(), before);
}

TEST_F(NameRoutesTest, only_an_administrator_sees_and_changes_them) {
  EXPECT_EQ(status_of(send(request(Method::get, "/api/v1/names", reader_))), 403);
  EXPECT_EQ(status_of(send(request(Method::get, "/api/v1/names"))), 401);
  EXPECT_EQ(status_of(send(request(Method::post, "/api/v1/names", reader_), R"({"name":"a","reason":"b"})")),
            403);
}

TEST_F(NameRoutesTest, a_page_names_the_namespaces_of_its_project) {
  const auto before = page("/simple/demo/");
  EXPECT_EQ(before.at("meta").at("api-version"), json::Value("1.5"));
  EXPECT_TRUE(before.at("namespaces").is_null());
  reserve("demo");
  caches_.drop_all();  // as the server does after a change
  const auto after = page("/simple/demo/");
  EXPECT_EQ(after.at("namespaces"),
            json::Value(json::Array{json::Object{{"name", "demo"}, {"owned", true}}}));
  EXPECT_THAT(text_of(get("/simple/demo/", "text/html")), HasSubstr("content=\"1.4\"")) << "PEP 833";
}

TEST_F(NameRoutesTest, namespaces_are_listed_and_each_is_shown_with_its_neighbours) {
  EXPECT_EQ(page("/simple/namespaces"), json::Value(json::Array{}));
  reserve("foo");
  reserve("foo-bar");
  reserve("foo-bar-baz");
  reserve("alone", false);
  EXPECT_EQ(page("/simple/namespaces"),
            json::Value(json::Array{json::Object{{"name", "foo"}}, json::Object{{"name", "foo-bar"}},
                                    json::Object{{"name", "foo-bar-baz"}}}));
  const auto detail = page("/simple/namespace/foo-bar");
  EXPECT_EQ(detail.at("name"), json::Value("foo-bar"));
  EXPECT_EQ(detail.at("parent"), json::Value("foo"));
  EXPECT_EQ(detail.at("children"), json::Value(json::Array{"foo-bar-baz"}));
  EXPECT_TRUE(page("/simple/namespace/foo").at("parent").is_null());
  EXPECT_EQ(get("/simple/namespace/alone").status, 404) << "a name is no namespace";
  const auto moved = get("/simple/namespace/Foo.Bar");
  EXPECT_EQ(moved.status, 301);
  EXPECT_EQ(moved.headers.get("Location"), "foo-bar");
  EXPECT_EQ(status_of(send(request(Method::get, "/simple/namespaces"))), 401);
}

}  // namespace
}  // namespace packhouse::api
