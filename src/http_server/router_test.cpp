#include "http_server/router.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace packhouse::http {
namespace {

using testing::ElementsAre;
using testing::Pair;
using Outcome = RouteMatch::Outcome;

const std::vector<Route>& table() {
  static const std::vector<Route> routes{
      {Method::get, "/", 1},
      {Method::get, "/simple/", 2},
      {Method::get, "/simple/{project}/", 3},
      {Method::post, "/legacy/", 4},
      {Method::get, "/files/{digest}/{name}", 5},
      {Method::get, "/files/{digest}/latest", 6},
      {Method::get, "/static/{path...}", 7},
      {Method::del, "/simple/{project}/", 8},
      {Method::get, "/static/robots.txt", 9},
      {Method::head, "/health", 10},
      {Method::get, "/health", 11},
      {Method::get, "/static/robots.txt/deep/{leaf}", 12},
  };
  return routes;
}

RouteMatch match(Method method, std::string_view path) {
  static const Router router(table());
  return router.match(method, path);
}

TEST(Router, finds_literal_routes) {
  EXPECT_EQ(match(Method::get, "/").id, 1U);
  EXPECT_EQ(match(Method::get, "/simple/").id, 2U);
  EXPECT_EQ(match(Method::post, "/legacy/").id, 4U);
}

TEST(Router, names_what_a_segment_matched) {
  const auto found = match(Method::get, "/files/abc/demo-1.0.whl");
  EXPECT_EQ(found.outcome, Outcome::found);
  EXPECT_EQ(found.id, 5U);
  EXPECT_THAT(found.params(), ElementsAre(Pair("digest", "abc"), Pair("name", "demo-1.0.whl")));
}

TEST(Router, fills_the_parameters_of_a_request) {
  Request request;
  request.params = {{"old", "gone"}};
  match(Method::get, "/simple/demo/").fill(request);
  EXPECT_THAT(request.params, ElementsAre(Pair("project", "demo")));
}

TEST(Router, prefers_a_literal_segment_to_a_parameter_and_that_to_the_rest) {
  EXPECT_EQ(match(Method::get, "/files/abc/latest").id, 6U);
  EXPECT_EQ(match(Method::get, "/static/robots.txt").id, 9U);
  EXPECT_EQ(match(Method::get, "/static/css/a/b.css").id, 7U);
}

TEST(Router, goes_back_when_the_preferred_segment_leads_nowhere) {
  const auto found = match(Method::get, "/static/robots.txt/other");
  EXPECT_EQ(found.id, 7U);
  EXPECT_THAT(found.params(), ElementsAre(Pair("path", "robots.txt/other")));
  const auto deep = match(Method::get, "/static/robots.txt/deep/x/y");
  EXPECT_EQ(deep.id, 7U);
  EXPECT_THAT(deep.params(), ElementsAre(Pair("path", "robots.txt/deep/x/y")));
}

TEST(Router, a_trailing_slash_makes_another_path) {
  EXPECT_EQ(match(Method::get, "/simple").outcome, Outcome::not_found);
  EXPECT_EQ(match(Method::get, "/simple/demo").outcome, Outcome::not_found);
  EXPECT_EQ(match(Method::get, "/legacy/x").outcome, Outcome::not_found);
}

TEST(Router, a_parameter_is_never_empty) {
  EXPECT_EQ(match(Method::get, "/files/abc/").outcome, Outcome::not_found);
  EXPECT_EQ(match(Method::get, "/static/").outcome, Outcome::not_found);
}

TEST(Router, knows_nothing_of_relative_or_empty_paths) {
  EXPECT_EQ(match(Method::get, "").outcome, Outcome::not_found);
  EXPECT_EQ(match(Method::get, "simple/").outcome, Outcome::not_found);
  EXPECT_EQ(match(Method::options, "*").outcome, Outcome::not_found);
}

TEST(Router, a_known_path_with_another_method_lists_what_is_allowed) {
  const auto refused = match(Method::put, "/simple/demo/");
  EXPECT_EQ(refused.outcome, Outcome::method_not_allowed);
  EXPECT_EQ(refused.allow, "GET, HEAD, DELETE, OPTIONS");
  EXPECT_EQ(match(Method::get, "/legacy/").allow, "POST, OPTIONS");
  EXPECT_EQ(match(Method::get, "/legacy/").outcome, Outcome::method_not_allowed);
}

TEST(Router, options_is_left_to_the_caller_with_the_list) {
  const auto asked = match(Method::options, "/simple/");
  EXPECT_EQ(asked.outcome, Outcome::method_not_allowed);
  EXPECT_EQ(asked.allow, "GET, HEAD, OPTIONS");
}

TEST(Router, head_falls_to_get_unless_it_has_a_route) {
  EXPECT_EQ(match(Method::head, "/simple/").id, 2U);
  EXPECT_EQ(match(Method::head, "/simple/").outcome, Outcome::found);
  EXPECT_EQ(match(Method::head, "/health").id, 10U);
  EXPECT_EQ(match(Method::get, "/health").id, 11U);
}

void expect_refused(const std::vector<Route>& routes, const std::string& message) {
  try {
    const Router router(routes);
    ADD_FAILURE() << "accepted";
  } catch (const std::invalid_argument& error) {
    EXPECT_EQ(error.what(), message);
  }
}

TEST(Router, refuses_tables_that_are_wrong) {
  expect_refused({{Method::get, "simple/", 1}}, "route GET simple/: a pattern begins with a slash");
  expect_refused({{Method::get, "/a//b", 1}}, "route GET /a//b: an empty segment can only be the last");
  expect_refused({{Method::get, "/a{b}", 1}}, "route GET /a{b}: a parameter is a whole segment");
  expect_refused({{Method::get, "/{}", 1}}, "route GET /{}: a parameter is named by letters, digits and _");
  expect_refused({{Method::get, "/{a...}/b", 1}},
                 "route GET /{a...}/b: {name...} can only be the last segment");
  expect_refused({{Method::get, "/a", 1}, {Method::get, "/a", 2}}, "route GET /a: stands twice in the table");
  expect_refused({{Method::get, "/{a}", 1}, {Method::put, "/{b}", 2}},
                 "route PUT /{b}: another pattern names this parameter otherwise");
  expect_refused({{Method::get, "/{a}/{b}/{c}/{d}/{e}/{f}/{g}", 1}},
                 "route GET /{a}/{b}/{c}/{d}/{e}/{f}/{g}: too many parameters");
}

}  // namespace
}  // namespace packhouse::http
