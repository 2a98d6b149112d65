#include "api/testing/routes_fixture.hpp"

namespace packhouse::api {
namespace {

using namespace api::testing;

/// A path that the pattern matches, with things that exist where the pattern has names.
std::string sample_of(std::string_view pattern, const std::string& wheel, const std::string& digest) {
  auto path = replace_all(std::string(pattern), "{project}", "demo");
  path = replace_all(path, "{filename}", wheel);
  path = replace_all(path, "{a}", digest.substr(0, 2));
  path = replace_all(path, "{b}", digest.substr(2));
  return replace_all(path, "{id}", "999");
}

TEST_F(RoutesTest, every_route_refuses_whoever_lacks_its_permission) {
  const auto digest = Sha256::of(wheel_content_).hex();
  const auto files = site_.files_on_disk();
  for (const auto& route : gate_.routes()) {
    const auto path = sample_of(route.pattern, wheel_, digest);
    const auto what = fmt::format("{} {}", http::to_string(route.method), route.pattern);
    if (!route.access.permission) {
      EXPECT_TRUE(route.pattern == "/-/health" || route.pattern == "/legacy")
          << what << " is open to anybody";
      continue;
    }
    const int without = route.access.challenge ? 401 : 403;
    EXPECT_EQ(status_of(send(request(route.method, path))), without) << what << " by nobody";
    EXPECT_EQ(status_of(send(request(route.method, path, auth::make_token()))), without)
        << what << " by a stranger";
    for (const auto permission : all_permissions()) {
      if (Permissions{permission}.allows(*route.access.permission)) continue;
      const auto token = issue(to_string(permission));
      EXPECT_EQ(status_of(send(request(route.method, path, token))), 403)
          << what << " with " << to_string(permission);
    }
    if (route.access.scope == auth::Scope::index) {
      const auto bound = issue("admin", "demo");
      EXPECT_EQ(status_of(send(request(route.method, path, bound))), 403)
          << what << " by a token of one project";
    }
    if (route.access.scope == auth::Scope::project) {
      const auto bound = issue("admin", "other");
      EXPECT_EQ(status_of(send(request(route.method, path, bound))), 403)
          << what << " by another project's token";
    }
  }
  EXPECT_EQ(site_.files_on_disk(), files);
}

TEST_F(RoutesTest, every_reading_route_lets_in_who_may_read) {
  const auto digest = Sha256::of(wheel_content_).hex();
  for (const auto& route : gate_.routes()) {
    if (route.access.permission != Permission::read) continue;
    const auto response = send(request(route.method, sample_of(route.pattern, wheel_, digest), reader_));
    EXPECT_TRUE(status_of(response) == 200 || status_of(response) == 301) << route.pattern;
    if (const auto* file = std::get_if<http::FileBody>(&response.body)) ::close(file->fd);
  }
}

}  // namespace
}  // namespace packhouse::api
