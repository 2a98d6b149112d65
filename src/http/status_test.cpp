#include "http/status.hpp"

#include <gtest/gtest.h>

namespace packhouse::http {
namespace {

TEST(StandardReason, knows_the_statuses_in_use) {
  EXPECT_EQ(standard_reason(404), "Not Found");
  EXPECT_EQ(standard_reason(299), "Unknown");
}

}  // namespace
}  // namespace packhouse::http
