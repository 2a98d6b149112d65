#include "http/headers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace packhouse::http {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(Headers, finds_names_without_case_and_keeps_order) {
  Headers headers;
  headers.add("Accept", "a");
  headers.add("X", "1");
  headers.add("ACCEPT", "b");
  EXPECT_EQ(headers.get("accept"), "a");
  EXPECT_EQ(headers.get_all("accept"), "a, b");
  EXPECT_EQ(headers.count("Accept"), 2U);
  EXPECT_EQ(headers.get("y"), std::nullopt);
  headers.set("accept", "c");
  EXPECT_THAT(headers.fields(), ElementsAre(Pair("X", "1"), Pair("accept", "c")));
}

TEST(Headers, refuses_what_would_split_the_message) {
  Headers headers;
  EXPECT_THROW(headers.add("X", "a\r\nY: b"), std::invalid_argument);
  EXPECT_THROW(headers.add("X", "a\nb"), std::invalid_argument);
  EXPECT_THROW(headers.add("X", std::string{"a\0b", 3}), std::invalid_argument);
  EXPECT_THROW(headers.set("X\r", "a"), std::invalid_argument);
  EXPECT_THROW(headers.add("", "a"), std::invalid_argument);
  EXPECT_TRUE(headers.fields().empty());
}

}  // namespace
}  // namespace packhouse::http
