#include "web/routes.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "index/testing/test_index.hpp"

namespace packhouse::web {
namespace {

using namespace index::testing;

class WebRoutesTest : public ::testing::Test {
 protected:
  http::Response get(std::string_view pattern, std::string_view project = "", std::string_view query = "") {
    http::Request request;
    request.query = query;
    request.headers.add("Host", "packages.example:8080");
    if (!project.empty()) request.params.emplace_back("project", project);
    for (const auto& route : routes_.routes()) {
      if (route.pattern != pattern) continue;
      routing::RequestContext call{.request = request, .route = route};
      return route.handle(call);
    }
    throw std::runtime_error("no such route");
  }

  static const http::Prepared& prepared(const http::Response& page) {
    return *std::get<std::shared_ptr<const http::Prepared>>(page.body);
  }

  TestIndex site_;
  api::Caches caches_{1U << 20U, 10};
  const index::Context context_ = site_.context(caches_);
  WebRoutes routes_{context_, caches_, site_.folder.path(), routing::BaseUrl{}};
};

TEST_F(WebRoutesTest, every_page_needs_what_the_simple_api_needs) {
  const auto table = routes_.routes();
  ASSERT_EQ(table.size(), 4U);
  for (const auto& route : table) {
    EXPECT_EQ(route.method, http::Method::get);
    EXPECT_EQ(route.access.permission, Permission::read) << route.pattern;
    const bool of_project = route.pattern.find("{project}") != std::string_view::npos;
    EXPECT_EQ(route.access.scope, of_project ? routing::Scope::project : routing::Scope::index)
        << route.pattern;
  }
}

TEST_F(WebRoutesTest, pages_show_what_is_there_and_carry_the_policy) {
  ASSERT_TRUE(site_.add(wheel_filename("demo", "1.0"), wheel_bytes("demo", "1.0")).ok());
  const auto front = get("/");
  EXPECT_EQ(front.status, 200);
  EXPECT_TRUE(front.headers.get("Content-Security-Policy")->starts_with("default-src 'none'"));
  EXPECT_EQ(front.headers.get("Cache-Control"), "private, no-cache");
  const auto answer = get("/project/{project}/", "demo");
  const auto& project = prepared(answer);
  EXPECT_EQ(project.status(), 200);
  for (const std::string_view field :
       {"Content-Security-Policy: default-src 'none'", "Content-Type: text/html; charset=utf-8\r\n",
        "Referrer-Policy: no-referrer\r\n", "Cache-Control: private, max-age=0, must-revalidate\r\n"})
    EXPECT_NE(project.head().find(field), std::string::npos) << field << " is not in\n" << project.head();
  for (const auto& body : {std::get<std::string>(front.body), project.body()}) {
    EXPECT_NE(body.find("demo"), std::string::npos);
    EXPECT_NE(body.find("http://packages.example:8080/simple/"), std::string::npos);
  }
}

TEST_F(WebRoutesTest, connections_share_the_page_of_a_project_until_it_changes) {
  ASSERT_TRUE(site_.add(wheel_filename("demo", "1.0"), wheel_bytes("demo", "1.0")).ok());
  const auto first = get("/project/{project}/", "demo");
  const auto second = get("/project/{project}/", "demo");
  EXPECT_EQ(&prepared(first), &prepared(second));
  ASSERT_TRUE(site_.add(wheel_filename("demo", "2.0"), wheel_bytes("demo", "2.0")).ok());
  const auto later = get("/project/{project}/", "demo");
  EXPECT_NE(prepared(later).body().find("demo-2.0"), std::string::npos);
}

TEST_F(WebRoutesTest, the_front_page_continues_after_the_given_name) {
  for (const auto* name : {"alpha", "beta"})
    ASSERT_TRUE(site_.add(wheel_filename(name, "1.0"), wheel_bytes(name, "1.0")).ok());
  const auto page = get("/", "", "after=alpha");
  EXPECT_EQ(std::get<std::string>(page.body).find("project/alpha/"), std::string::npos);
  EXPECT_NE(std::get<std::string>(page.body).find("project/beta/"), std::string::npos);
  EXPECT_EQ(get("/", "", "after=%00%ff").status, 200) << "any bytes are a place in the order";
}

TEST_F(WebRoutesTest, other_addresses_of_a_project_are_redirected_to_its_page) {
  const auto location = [&](std::string_view pattern, std::string_view project) {
    const auto page = get(pattern, project, "a=b");
    return fmt::format("{} {}", page.status, page.headers.get("Location").value_or("-"));
  };
  EXPECT_EQ(location("/project/{project}/", "De_mo"), "301 ../de-mo/?a=b");
  EXPECT_EQ(location("/project/{project}/{version}/", "Demo"), "301 ../../demo/?a=b");
  EXPECT_EQ(location("/legacy/{project}/{version}/", "Demo"), "301 ../../../project/demo/?a=b")
      << "hatch prints it";
  EXPECT_EQ(location("/project/{project}/", "-x-"), "404 -");
}

TEST_F(WebRoutesTest, a_missing_project_is_404) {
  EXPECT_EQ(get("/project/{project}/", "absent").status, 404);
}

TEST_F(WebRoutesTest, a_public_url_outranks_the_host_field) {
  WebRoutes behind_proxy{context_, caches_, site_.folder.path(),
                         routing::BaseUrl{"https://packages.example/python"}};
  http::Request request;
  request.headers.add("Host", "10.0.0.1");
  const routing::Route route;
  routing::RequestContext call{.request = request, .route = route};
  EXPECT_NE(
      std::get<std::string>(behind_proxy.front(call).body).find("https://packages.example/python/simple/"),
      std::string::npos);
}

}  // namespace
}  // namespace packhouse::web
