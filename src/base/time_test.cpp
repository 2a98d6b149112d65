#include "base/time.hpp"

#include <gtest/gtest.h>

namespace packhouse {
namespace {

TEST(Iso8601, prints_six_digits_and_reads_them_back) {
  const auto time = parse_iso8601("2026-11-22T10:08:08.000123Z");
  ASSERT_TRUE(time.ok());
  EXPECT_EQ(to_iso8601(*time), "2026-11-22T10:08:08.000123Z");
}

TEST(Iso8601, reads_other_fractions_and_offsets) {
  EXPECT_EQ(to_iso8601(*parse_iso8601("2026-11-22T10:08:08Z")), "2026-11-22T10:08:08.000000Z");
  EXPECT_EQ(to_iso8601(*parse_iso8601("2026-11-22T10:08:08.5+02:30")), "2026-11-22T07:38:08.500000Z");
  EXPECT_EQ(to_iso8601(*parse_iso8601("1969-12-31T23:59:59.123456789-00:30")), "1970-01-01T00:29:59.123456Z");
}

TEST(Iso8601, refuses_days_that_are_not_and_anything_around) {
  for (const char* text : {"", "2026-02-29T00:00:00Z", "2026-11-22T24:00:00Z", "2026-11-22T10:08:08",
                           "2026-11-22 10:08:08Z", "2026-11-22T10:08:08Z ", "2026-11-22T10:08:08.Z",
                           "2026-1-22T10:08:08Z", "2026-11-22T10:08:60Z", "2026-11-22T10:08:08+25:00"}) {
    EXPECT_FALSE(parse_iso8601(text).ok()) << text;
  }
}

}  // namespace
}  // namespace packhouse
