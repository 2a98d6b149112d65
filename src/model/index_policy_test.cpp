#include "model/index_policy.hpp"

#include <gtest/gtest.h>

namespace packhouse {
namespace {

TEST(IndexPolicy, reads_what_it_writes) {
  const IndexPolicy policy{.immutable = true,
                           .uploads = false,
                           .copy_from = {"dev", "staging"},
                           .checks = {{"wheel.record.hash", "refuse"}, {"limits.entries", "100"}}};
  const auto again = IndexPolicy::parse(policy.to_json());
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(*again, policy);
}

TEST(IndexPolicy, defaults_to_uploads_and_deletion) {
  const auto policy = IndexPolicy::parse({});
  ASSERT_TRUE(policy.ok());
  EXPECT_EQ(*policy, IndexPolicy{});
  EXPECT_TRUE(policy->uploads);
  EXPECT_FALSE(policy->immutable);
}

TEST(IndexPolicy, refuses_values_of_another_type) {
  for (const char* text : {R"({"immutable":1})", R"({"uploads":"no"})", R"({"copy_from":"dev"})",
                           R"({"copy_from":[1]})", R"({"checks":[]})", R"({"checks":{"a":1}})"}) {
    EXPECT_FALSE(IndexPolicy::parse(json::parse(text)->get_object()).ok()) << text;
  }
}

TEST(IndexName, is_short_and_no_reserved_word) {
  for (const char* text : {"main", "dev", "team-a2", "x"})
    EXPECT_TRUE(parse_index_name(text).ok()) << text;
  for (const char* text : {"", "Dev", "2dev", "-dev", "a_b", "a/b", "a b"})
    EXPECT_EQ(parse_index_name(text).error().message, "expected the name of an index, found " + quote(text));
  EXPECT_FALSE(parse_index_name(std::string(33, 'a')).ok());
  EXPECT_FALSE(parse_index_name("packages").ok());
  EXPECT_EQ(parse_index_name("simple").error().message, "an index cannot be called \"simple\"");
}

}  // namespace
}  // namespace packhouse
