#include "http/header_params.hpp"

#include <gtest/gtest.h>

namespace packhouse::http {
namespace {

TEST(HeaderParams, reads_parameters_quoted_and_not) {
  const auto parsed = parse_parameterized("Form-Data; name=a; FileName=\"b \\\"c\\\\d\\e\" ;").value();
  EXPECT_EQ(parsed.value, "form-data");
  EXPECT_EQ(*parsed.find("name"), "a");
  EXPECT_EQ(*parsed.find("filename"), "b \"c\\d\\e");
  EXPECT_EQ(parsed.find("charset"), nullptr);
}

TEST(HeaderParams, refuses_broken_and_repeated_parameters) {
  for (const auto* text : {"a; b", "a; =c", "a; b=\"c", "a b=c", "a; b=1; B=2"})
    EXPECT_FALSE(parse_parameterized(text).ok()) << text;
}

TEST(MediaType, is_lower_case_and_has_no_parameters) {
  EXPECT_EQ(media_type("Text/HTML; charset=utf-8"), "text/html");
  EXPECT_EQ(media_type(" application/json\t"), "application/json");
  EXPECT_EQ(media_type("application/json;"), "application/json");
  EXPECT_EQ(media_type("; charset=utf-8"), "");
  EXPECT_EQ(media_type(""), "");
}

}  // namespace
}  // namespace packhouse::http
