#include "base/move_only_function.hpp"

#include <gtest/gtest.h>

namespace packhouse {
namespace {

TEST(MoveOnlyFunction, calls_what_can_only_be_moved) {
  int sum = 0;
  MoveOnlyFunction first = [&sum, held = std::make_unique<int>(3)] { sum += *held; };
  MoveOnlyFunction second = std::move(first);
  second();
  second();
  EXPECT_EQ(sum, 6);
}

TEST(MoveOnlyFunction, is_false_while_it_holds_nothing) {
  MoveOnlyFunction call;
  EXPECT_FALSE(call);
  call = [] {};
  EXPECT_TRUE(call);
}

}  // namespace
}  // namespace packhouse
