#include "http/negotiate.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace packhouse::http {
namespace {

constexpr std::string_view html = "text/html";
constexpr std::string_view v1_html = "application/vnd.pypi.simple.v1+html";
constexpr std::string_view v1_json = "application/vnd.pypi.simple.v1+json";
constexpr std::array offered{html, v1_json, v1_html};

std::string chosen(std::string_view accept) {
  const auto index = choose_media_type(accept, offered);
  return index ? std::string{offered.at(*index)} : "none";
}

TEST(ChooseMediaType, serves_the_clients_in_use_as_they_wish) {
  EXPECT_EQ(chosen("application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1, "
                   "text/html; q=0.01"),
            v1_json);  // pip
  EXPECT_EQ(chosen("application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2,"
                   "text/html;q=0.01"),
            v1_json);                                                                          // uv
  EXPECT_EQ(chosen("application/vnd.pypi.simple.v1+json, */*;q=0.1"), v1_json);                // Poetry
  EXPECT_EQ(chosen("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"), html);  // a browser
}

TEST(ChooseMediaType, an_absent_field_and_any_take_the_first_offer) {
  EXPECT_EQ(chosen(""), html);
  EXPECT_EQ(chosen("  "), html);
  EXPECT_EQ(chosen("*/*"), html);
}

TEST(ChooseMediaType, the_specific_range_beats_the_general_one) {
  EXPECT_EQ(chosen("*/*, text/html;q=0.1"), v1_json);
  EXPECT_EQ(chosen("text/*;q=0.9, application/*;q=0.5, text/html;q=0.1"), v1_json);
  EXPECT_EQ(chosen("text/html;q=0, */*"), v1_json);
}

TEST(ChooseMediaType, order_in_the_field_means_nothing) {
  EXPECT_EQ(chosen("application/vnd.pypi.simple.v1+html, text/html"), html);
}

TEST(ChooseMediaType, takes_none_where_nothing_matches) {
  EXPECT_EQ(chosen("image/png"), "none");
  EXPECT_EQ(chosen("text/html;q=0"), "none");
  EXPECT_EQ(chosen("text/"), "none");
  EXPECT_EQ(choose_media_type("*/*", {}), std::nullopt);
}

TEST(ChooseMediaType, compares_without_case_and_ignores_other_parameters) {
  EXPECT_EQ(chosen("TEXT/HTML; charset=utf-8; Q=0.5"), html);
}

TEST(ChooseMediaType, ignores_malformed_elements) {
  for (const std::string weight : {"0.1234", "1.001", "2", "-1", "0,5", ".5", "abc", "", "1.0000", "00"}) {
    EXPECT_EQ(chosen("text/html;q=" + weight + ", application/vnd.pypi.simple.v1+json;q=0.001"), v1_json)
        << weight;
  }
  EXPECT_EQ(chosen(",,;,text/html"), html);
}

TEST(ChooseMediaType, weights_have_up_to_three_decimals) {
  EXPECT_EQ(chosen("text/html;q=0.998, application/vnd.pypi.simple.v1+json;q=0.999"), v1_json);
  EXPECT_EQ(chosen("text/html;q=1.000, application/vnd.pypi.simple.v1+json;q=0.999"), html);
  EXPECT_EQ(chosen("text/html;q=0., application/vnd.pypi.simple.v1+json;q=0.001"), v1_json);
}

TEST(ChooseCoding, gzip_only_where_it_is_wanted) {
  EXPECT_EQ(choose_coding("gzip, deflate"), ContentCoding::gzip);
  EXPECT_EQ(choose_coding("br;q=1.0, GZIP;q=0.8"), ContentCoding::gzip);
  EXPECT_EQ(choose_coding("x-gzip"), ContentCoding::gzip);
  EXPECT_EQ(choose_coding("*"), ContentCoding::gzip);
  EXPECT_EQ(choose_coding(""), ContentCoding::identity);
  EXPECT_EQ(choose_coding("identity"), ContentCoding::identity);
  EXPECT_EQ(choose_coding("br, deflate"), ContentCoding::identity);
  EXPECT_EQ(choose_coding("gzip;q=0"), ContentCoding::identity);
  EXPECT_EQ(choose_coding("gzip;q=0, *"), ContentCoding::identity);
  EXPECT_EQ(choose_coding("identity, gzip;q=0.5"), ContentCoding::identity);
  EXPECT_EQ(choose_coding("gzip;q=7"), ContentCoding::identity);
}

}  // namespace
}  // namespace packhouse::http
