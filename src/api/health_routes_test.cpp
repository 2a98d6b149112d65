#include "api/health_routes.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "api/testing/routes_fixture.hpp"

namespace packhouse::api {
namespace {

using namespace testing;
using http::Method;

class HealthRoutesTest : public RoutesTest {
 protected:
  http::Response ready() {
    auto asked = request(Method::get, "/-/ready");
    routing::RequestContext call{.request = asked, .route = route_};
    return routes_.ready(call);
  }
  std::string body() { return text_of(ready()); }

  Status database_;
  int tries_ = 0;
  HealthRoutes routes_{{{.name = "database",
                         .run =
                             [this] {
                               ++tries_;
                               return database_;
                             }},
                        {.name = "room", .run = [] { return success(); }}},
                       site_.clock,
                       log_};
  routing::Route route_;
};

TEST_F(HealthRoutesTest, live_and_ready_are_open_to_everybody) {
  EXPECT_EQ(send(request(Method::get, "/-/live")).status, 200);
  EXPECT_EQ(send(request(Method::get, "/-/ready")).status, 200);
}

TEST_F(HealthRoutesTest, what_fails_is_named_and_the_log_has_why) {
  database_ = Error{Errc::unavailable, "cannot write /srv/packhouse.db"};
  const auto answer = ready();
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(body(), R"({"status":"not ready","reasons":["database"]})");
  EXPECT_NE(logged_.str().find("not ready: database: cannot write /srv/packhouse.db"), std::string::npos);

  database_ = success();
  site_.clock.sleep(std::chrono::seconds{5});
  EXPECT_EQ(body(), R"({"status":"ready"})");
  EXPECT_NE(logged_.str().find("ready again"), std::string::npos);
}

TEST_F(HealthRoutesTest, callers_within_five_seconds_share_one_try) {
  for (int i = 0; i < 20; ++i)
    ready();
  EXPECT_EQ(tries_, 1);
  site_.clock.sleep(std::chrono::seconds{5});
  ready();
  EXPECT_EQ(tries_, 2);
  site_.clock.sleep(std::chrono::seconds{-3600});
  ready();
  EXPECT_EQ(tries_, 3) << "the clock was set back";
}

TEST_F(HealthRoutesTest, a_check_that_throws_has_failed) {
  HealthRoutes routes{
      {{.name = "database", .run = []() -> Status { throw std::runtime_error("gone"); }}}, site_.clock, log_};
  auto asked = request(Method::get, "/-/ready");
  routing::RequestContext call{.request = asked, .route = route_};
  EXPECT_EQ(routes.ready(call).status, 503);
}

}  // namespace
}  // namespace packhouse::api
