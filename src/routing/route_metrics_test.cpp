#include "routing/route_metrics.hpp"

#include <gtest/gtest.h>

namespace packhouse::routing {
namespace {

using namespace std::chrono_literals;

class RouteMetricsTest : public ::testing::Test {
 protected:
  static Route route(std::string pattern, const Mount& mount, http::Method method = http::Method::get) {
    return mounted({{.method = method, .pattern = std::move(pattern)}}, mount).front();
  }
  const RouteMetrics::Series& series(std::string_view method, std::string_view name) const {
    for (const auto& one : metrics_.series()) {
      if (one.method == method && one.route == name) return one;
    }
    throw std::out_of_range("there is no such series");
  }

  const std::vector<Route> routes_{route("/simple/{project}/", {.index = "main", .prefix = ""}),
                                   route("/simple/{project}/", {.index = "main", .prefix = "/main"}),
                                   route("/simple/{project}/", {.index = "prod", .prefix = "/prod"}),
                                   route("/", {.index = "main", .prefix = ""}, http::Method::post)};
  RouteMetrics metrics_{routes_};
};

TEST_F(RouteMetricsTest, a_route_is_one_series_in_all_indexes) {
  EXPECT_EQ(metrics_.series().size(), 3U);
  for (std::size_t i = 0; i < 3; ++i)
    metrics_.add({.route = &routes_[i], .status = 200, .duration = 2ms, .from_memory = i == 0});
  metrics_.add({.route = &routes_[0], .status = 404, .duration = 1s});
  const auto& pages = series("GET", "/simple/{project}/");
  EXPECT_EQ(pages.durations.values().count, 4U);
  EXPECT_EQ(pages.statuses[1].value(), 3U);
  EXPECT_EQ(pages.statuses[3].value(), 1U);
  EXPECT_EQ(pages.from_memory.value(), 1U);
  EXPECT_EQ(series("POST", "/").durations.values().count, 0U);
}

TEST_F(RouteMetricsTest, an_answer_without_a_route_is_one_of_the_others) {
  metrics_.add({.route = nullptr, .status = 404, .duration = 1ms});
  EXPECT_EQ(series("", "other").statuses[3].value(), 1U);
}

TEST_F(RouteMetricsTest, counts_what_came_from_upstreams_and_their_faults) {
  for (const auto* field : {"Cache-Status: packhouse; hit\r\n", "Cache-Status: packhouse; hit\r\n",
                            "Cache-Status: packhouse; fwd=miss; stored\r\n"})
    metrics_.add({.route = &routes_[0], .status = 200, .cache = field});
  metrics_.add({.route = &routes_[0], .status = 502});
  const std::map<std::string, std::uint64_t, std::less<>> expected{{"fwd=miss; stored", 1}, {"hit", 2}};
  EXPECT_EQ(metrics_.cache_states(), expected);
  EXPECT_EQ(metrics_.upstream_failures(), 1U);
}

}  // namespace
}  // namespace packhouse::routing
