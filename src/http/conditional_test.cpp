#include "http/conditional.hpp"

#include <gtest/gtest.h>

namespace packhouse::http {
namespace {

TEST(MatchesEtag, compares_weakly_in_a_list) {
  EXPECT_TRUE(matches_etag("\"a\"", "\"a\""));
  EXPECT_TRUE(matches_etag("W/\"a\"", "\"a\""));
  EXPECT_TRUE(matches_etag("\"a\"", "W/\"a\""));
  EXPECT_TRUE(matches_etag("\"x\", W/\"y\" ,\"a\"", "\"a\""));
  EXPECT_TRUE(matches_etag("\"b,\", \"a\"", "\"a\""));
  EXPECT_TRUE(matches_etag(" * ", "\"a\""));
}

TEST(MatchesEtag, matches_nothing_else) {
  EXPECT_FALSE(matches_etag("", "\"a\""));
  EXPECT_FALSE(matches_etag("\"b\"", "\"a\""));
  EXPECT_FALSE(matches_etag("a", "\"a\""));
  EXPECT_FALSE(matches_etag("\"a", "\"a\""));
  EXPECT_FALSE(matches_etag("\"b\" \"a\"", "\"a\""));
  EXPECT_FALSE(matches_etag("\"b\", a, \"a\"", "\"a\""));
  EXPECT_FALSE(matches_etag("\"A\"", "\"a\""));
}

struct RangeCase {
  const char* range;
  ByteRange expected;
};

constexpr ByteRange whole{};
constexpr ByteRange none{ByteRange::Kind::unsatisfiable, 0, 0};
constexpr ByteRange part(std::uint64_t first, std::uint64_t length) {
  return {ByteRange::Kind::part, first, length};
}

TEST(ParseRange, reads_one_range_of_bytes) {
  const RangeCase cases[] = {
      {"bytes=0-0", part(0, 1)},
      {"bytes=0-99", part(0, 100)},
      {"bytes=10-19", part(10, 10)},
      {"bytes=90-", part(90, 10)},
      {"bytes=90-1000", part(90, 10)},
      {"bytes=0-99999999999999999999999", part(0, 100)},
      {"bytes=-1", part(99, 1)},
      {"bytes=-1000", part(0, 100)},
      {"BYTES=5-6", part(5, 2)},
      {"bytes= 5-6 ", part(5, 2)},
      {"bytes=100-", none},
      {"bytes=100-200", none},
      {"bytes=99999999999999999999999-", none},
      {"bytes=-0", none},
      {"bytes=0-1,5-6", whole},
      {"bytes=6-5", whole},
      {"bytes=", whole},
      {"bytes=-", whole},
      {"bytes=a-b", whole},
      {"bytes=+1-2", whole},
      {"bytes=1--2", whole},
      {"bytes=1", whole},
      {"lines=1-2", whole},
      {"", whole},
  };
  for (const auto& row : cases)
    EXPECT_EQ(parse_range(row.range, {}, "\"a\"", 100), row.expected) << row.range;
}

TEST(ParseRange, an_empty_file_satisfies_none) {
  EXPECT_EQ(parse_range("bytes=0-", {}, "\"a\"", 0), none);
  EXPECT_EQ(parse_range("bytes=-5", {}, "\"a\"", 0), none);
}

TEST(ParseRange, only_an_equal_strong_tag_in_if_range_lets_it_stand) {
  EXPECT_EQ(parse_range("bytes=1-2", "\"a\"", "\"a\"", 100), part(1, 2));
  EXPECT_EQ(parse_range("bytes=1-2", "\"b\"", "\"a\"", 100), whole);
  EXPECT_EQ(parse_range("bytes=1-2", "W/\"a\"", "\"a\"", 100), whole);
  EXPECT_EQ(parse_range("bytes=1-2", "W/\"a\"", "W/\"a\"", 100), whole);
  EXPECT_EQ(parse_range("bytes=1-2", "Sat, 29 Oct 1994 19:43:31 GMT", "\"a\"", 100), whole);
}

}  // namespace
}  // namespace packhouse::http
