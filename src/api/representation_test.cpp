#include "api/representation.hpp"

#include <gtest/gtest.h>

namespace packhouse::api {
namespace {

std::string chosen(std::string_view accept, const std::optional<std::string>& format = {}) {
  const auto representation = choose(accept, format);
  if (!representation) return "none";
  switch (*representation) {
    case Representation::json:
      return "json";
    case Representation::html_v1:
      return "html_v1";
    case Representation::html:
      return "html";
  }
  return "?";
}

TEST(Representation, serves_each_client_what_it_prefers) {
  EXPECT_EQ(chosen("application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1, "
                   "text/html; q=0.01"),
            "json");  // pip
  EXPECT_EQ(chosen("application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, "
                   "text/html;q=0.01"),
            "json");                                                                   // uv
  EXPECT_EQ(chosen("application/vnd.pypi.simple.v1+json, */*;q=0.1"), "json");         // Poetry
  EXPECT_EQ(chosen("text/html,application/xhtml+xml,application/xml;q=0.9"), "html");  // a browser
}

TEST(Representation, a_client_that_accepts_anything_gets_html) {
  EXPECT_EQ(chosen("*/*"), "html");
  EXPECT_EQ(chosen(""), "html");
  EXPECT_EQ(chosen(" "), "html");
  EXPECT_EQ(chosen("text/*"), "html");
  EXPECT_EQ(chosen("application/*"), "json");
}

TEST(Representation, latest_stands_for_v1) {
  EXPECT_EQ(chosen("application/vnd.pypi.simple.latest+json"), "json");
  EXPECT_EQ(chosen("application/vnd.pypi.simple.latest+html"), "html_v1");
}

TEST(Representation, the_highest_weight_wins_in_any_order_and_case) {
  EXPECT_EQ(chosen("text/html;q=0.5, application/vnd.pypi.simple.v1+html;q=0.501"), "html_v1");
  EXPECT_EQ(chosen("Application/VND.pypi.simple.V1+JSON;Q=0.2, text/HTML;q=0.1"), "json");
  EXPECT_EQ(chosen("application/vnd.pypi.simple.v1+json, text/html"), "html");
}

TEST(Representation, the_most_specific_range_decides) {
  EXPECT_EQ(chosen("*/*, text/html;q=0, application/vnd.pypi.simple.v1+html;q=0"), "json");
  EXPECT_EQ(chosen("text/*;q=0.1, text/html;q=0.9, application/*;q=0.5"), "html");
}

TEST(Representation, a_field_without_an_offered_type_chooses_none) {
  EXPECT_EQ(chosen("application/json"), "none");
  EXPECT_EQ(chosen("application/vnd.pypi.simple.v2+json"), "none");
  EXPECT_EQ(chosen("text/html;q=0"), "none");
  EXPECT_EQ(chosen("*/*;q=0.000"), "none");
  EXPECT_EQ(chosen(",,;q=1,"), "none");
}

TEST(Representation, an_element_with_a_broken_weight_does_not_count) {
  for (const auto* weight : {"q=2", "q=1.5", "q=0.1234", "q=-1", "q=", "q=.5", "q=0,5x", "q=1.001"}) {
    EXPECT_EQ(chosen(std::string("text/html;") + weight + ", application/vnd.pypi.simple.v1+json;q=0.001"),
              "json")
        << weight;
  }
}

TEST(Representation, the_format_argument_beats_the_field_and_is_exact) {
  EXPECT_EQ(chosen("text/html", "application/vnd.pypi.simple.v1+json"), "json");
  EXPECT_EQ(chosen("application/vnd.pypi.simple.v1+json", "text/html"), "html");
  EXPECT_EQ(chosen("*/*", "application/vnd.pypi.simple.latest+html"), "html_v1");
  EXPECT_EQ(chosen("text/html", "application/vnd.pypi.simple.v1 json"), "json")
      << "a \"+\" that was not encoded";
  EXPECT_EQ(chosen("*/*", "json"), "none");
  EXPECT_EQ(chosen("*/*", "*/*"), "none");
  EXPECT_EQ(chosen("*/*", ""), "none");
}

}  // namespace
}  // namespace packhouse::api
