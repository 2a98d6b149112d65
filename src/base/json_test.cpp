#include "base/json.hpp"

#include <gtest/gtest.h>

namespace packhouse::json {
namespace {

TEST(Json, refuses_a_key_that_stands_twice_at_any_depth) {
  const auto value = parse(R"({"a":{"digest":"1","b":2,"digest":"2"}})");
  ASSERT_FALSE(value.ok());
  EXPECT_EQ(value.error().message, "expected JSON with unique keys, found the key \"digest\" twice");
}

TEST(Json, allows_the_same_key_in_different_objects) {
  EXPECT_TRUE(parse(R"([{"a":1},{"a":2,"b":{"a":3}}])").ok());
}

TEST(Json, refuses_trailing_bytes_deep_nesting_and_broken_text) {
  EXPECT_FALSE(parse("{} {}").ok());
  EXPECT_FALSE(parse("").ok());
  EXPECT_FALSE(parse("{\"a\":").ok());
  EXPECT_FALSE(parse("\"\xff\"").ok());
  EXPECT_FALSE(parse(std::string(40, '[') + std::string(40, ']')).ok());
  EXPECT_FALSE(parse("[1,2,3]", 3).ok());
}

TEST(Json, canonical_form_sorts_keys_and_drops_blanks) {
  EXPECT_EQ(canonical(*parse(R"({ "b" : [1, {"z":null,"y":"é"}], "a" : true })")),
            R"({"a":true,"b":[1,{"y":"é","z":null}]})");
}

TEST(Json, pretty_form_is_indented_by_two) {
  EXPECT_EQ(dump_pretty(*parse(R"({"a":[1,2],"b":{}})")),
            "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {}\n}");
}

TEST(Json, a_wrong_member_is_named_with_its_path) {
  const auto value = parse(R"({"event":7,"gone":null})");
  const auto& object = value->get_object();
  EXPECT_EQ(get_string(object, "event", "run").error().message,
            "expected a string at run.event, found an integer");
  EXPECT_EQ(*get_int({{"count", std::size_t{7}}}, "count"), 7)
      << "without a sign, as what was not parsed may be";
  EXPECT_EQ(get_int(object, "gone").error().message, "expected an integer at gone, found null");
  EXPECT_EQ(get_bool(object, "absent").error().message, "expected a boolean at absent, found nothing");
}

}  // namespace
}  // namespace packhouse::json
