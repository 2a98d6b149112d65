#include "base/error.hpp"

#include <gtest/gtest.h>

#include "base/result.hpp"

namespace packhouse {
namespace {

TEST(Quote, escapes_what_could_drive_a_terminal) {
  EXPECT_EQ(quote("a\x1b[31m\"\\"), R"("a\x1b[31m\"\\")");
  EXPECT_EQ(quote("\xc2\x9b"
                  "1m"),
            R"("\xc2\x9b1m")");
  EXPECT_EQ(quote("\xff\xfeok"), R"("\xff\xfeok")");
  EXPECT_EQ(quote("grün"), "\"grün\"");
  EXPECT_EQ(quote("a\u202eb\u2028"), R"("a\xe2\x80\xaeb\xe2\x80\xa8")");
}

TEST(Quote, cuts_long_text) {
  EXPECT_EQ(quote(std::string(50, 'x'), 5), "\"xxxxx…\"");
}

Result<int> half(int value) {
  if (value % 2 != 0) return Error{Errc::invalid_input, "expected an even number"};
  return value / 2;
}

Result<int> quarter(int value) {
  TRY(const int first, half(value));
  TRY(const int second, half(first));
  return second;
}

TEST(Result, try_passes_values_on_and_returns_the_first_error) {
  EXPECT_EQ(*quarter(8), 2);
  const auto failed = quarter(6);
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().context("quarter").message, "quarter: expected an even number");
}

}  // namespace
}  // namespace packhouse
