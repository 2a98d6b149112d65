#include "smoke/expectation.hpp"

#include <gmock/gmock.h>

namespace packhouse::smoke {
namespace {

using ::testing::HasSubstr;
using Kind = Expectation::Kind;

constexpr std::string_view output =
    "{\"commands\": [\"status\", {\"name\": \"capabilities\"}], \"none\": null}\n";

Expectation expecting(Kind kind, std::string text, std::optional<json::Value> equals = std::nullopt) {
  return {.kind = kind, .text = std::move(text), .equals = std::move(equals)};
}

TEST(Expectation, a_text_stands_in_the_output_as_it_is) {
  EXPECT_TRUE(is_met(expecting(Kind::contains, "[\"status\""), output));
  EXPECT_FALSE(is_met(expecting(Kind::contains, "STATUS"), output));
}

TEST(Expectation, a_pattern_matches_anywhere) {
  EXPECT_TRUE(is_met(expecting(Kind::matches, "cap[a-z]+"), output));
  EXPECT_FALSE(is_met(expecting(Kind::matches, "^cap"), output));
}

TEST(Expectation, a_pattern_that_would_hang_others_takes_linear_time) {
  const std::string much(1U << 20U, 'a');
  EXPECT_FALSE(is_met(expecting(Kind::matches, "(a*)*b"), much));
}

TEST(Expectation, a_path_leads_to_a_value) {
  EXPECT_TRUE(is_met(expecting(Kind::json, "$.commands[0]"), output));
  EXPECT_TRUE(is_met(expecting(Kind::json, "$.commands[1].name", json::Value("capabilities")), output));
  EXPECT_TRUE(is_met(expecting(Kind::json, "$['commands'][0]", json::Value("status")), output));
  EXPECT_TRUE(is_met(expecting(Kind::json, "$", json::Value(7)), "7"));
  EXPECT_TRUE(is_met(expecting(Kind::json, "$['a/b'].c~d", json::Value(8)), R"({"a/b": {"c~d": 8}})"));
  EXPECT_FALSE(is_met(expecting(Kind::json, "$.commands[1].name", json::Value("status")), output));
  EXPECT_FALSE(is_met(expecting(Kind::json, "$.none"), output)) << "null is nothing";
  for (const auto* nowhere : {"$.commands[2]", "$.commands.name", "$.other", "$[0]"})
    EXPECT_FALSE(is_met(expecting(Kind::json, nowhere), output)) << nowhere;
  EXPECT_FALSE(is_met(expecting(Kind::json, "$"), "no JSON"));
}

TEST(Expectation, what_cannot_be_looked_for_is_refused) {
  EXPECT_THAT(check_expectation(expecting(Kind::contains, "")).error().message, HasSubstr("found none"));
  EXPECT_THAT(check_expectation(expecting(Kind::matches, "(")).error().message,
              HasSubstr("expected a regular expression, found \"(\""));
  EXPECT_FALSE(check_expectation(expecting(Kind::matches, "(?=a)")).ok());
  EXPECT_FALSE(check_expectation(expecting(Kind::matches, "((a{1000}){1000}){1000}")).ok());
  for (const auto* path : {"commands", "$commands", "$.", "$[", "$[x]", "$..a", "$['']"})
    EXPECT_FALSE(check_expectation(expecting(Kind::json, path)).ok()) << path;
  std::string deep = "$";
  for (int step = 0; step < 33; ++step)
    deep += "[0]";
  EXPECT_FALSE(check_expectation(expecting(Kind::json, deep)).ok());
  EXPECT_TRUE(check_expectation(expecting(Kind::json, "$.commands[1].name")).ok());
}

TEST(Expectation, says_what_it_expects) {
  EXPECT_EQ(describe(expecting(Kind::contains, "ok")), "\"ok\" in its output");
  EXPECT_EQ(describe(expecting(Kind::matches, "o+")), "output that matches \"o+\"");
  EXPECT_EQ(describe(expecting(Kind::json, "$.a", json::Value(1))), "JSON with 1 at \"$.a\"");
}

}  // namespace
}  // namespace packhouse::smoke
