#include "upstream/age_exception.hpp"

#include <gtest/gtest.h>

namespace packhouse::upstream {
namespace {

const Timestamp now = *parse_iso8601("2026-11-22T10:00:00Z");

TEST(AgeException, names_a_project_or_one_version_in_any_spelling) {
  EXPECT_EQ(parse_excepted("Flask_SQL")->requirement(), "flask-sql");
  EXPECT_EQ(parse_excepted(" Flask == 3.0.0RC1 ")->requirement(), "flask==3.0.0rc1");
  for (const char* wrong : {"", "flask==", "flask>=3", "==3", "flask==*", "flask==3==4"})
    EXPECT_EQ(parse_excepted(wrong).error().code, Errc::invalid_input) << wrong;
}

TEST(AgeException, ends_at_a_day_or_a_time_to_come) {
  EXPECT_EQ(to_iso8601(*parse_end("2026-12-24", now)), "2026-12-24T00:00:00.000000Z");
  EXPECT_EQ(to_iso8601(*parse_end("2026-11-22T10:00:01Z", now)), "2026-11-22T10:00:01.000000Z");
  for (const char* wrong : {"", "tomorrow", "2026-11-22", "2026-11-22T10:00:00Z", "2026-13-01"})
    EXPECT_EQ(parse_end(wrong, now).error().code, Errc::invalid_input) << wrong;
}

TEST(AgeException, ends_within_a_year) {
  EXPECT_TRUE(parse_end("2027-11-23", now).ok());
  EXPECT_FALSE(parse_end("2027-11-24", now).ok());
}

}  // namespace
}  // namespace packhouse::upstream
