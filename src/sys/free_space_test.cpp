#include "sys/free_space.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "sys/temporary_folder.hpp"

namespace packhouse {
namespace {

TEST(FreeSpace, holds_what_leaves_the_reserve) {
  const FreeSpace::Room room{.free = 100, .reserve = 40};
  EXPECT_TRUE(room.holds(60));
  EXPECT_FALSE(room.holds(61));
  EXPECT_FALSE(room.holds(std::numeric_limits<std::uint64_t>::max()));
  const FreeSpace::Room nearly_full{.free = 39, .reserve = 40};
  EXPECT_FALSE(nearly_full.holds(0));
}

TEST(FreeSpace, is_what_the_file_system_says) {
  const auto folder = TemporaryFolder::make();
  const auto space = std::filesystem::space(folder->path());
  const auto by_default = FreeSpace{folder->path()}.look();
  ASSERT_TRUE(by_default.ok());
  EXPECT_EQ(by_default->reserve, std::min<std::uint64_t>(1ULL << 30U, space.capacity / 50));
  EXPECT_LE(by_default->free, space.capacity);
  EXPECT_EQ(FreeSpace(folder->path(), 17).look()->reserve, 17U);
}

TEST(FreeSpace, is_unavailable_of_a_folder_that_is_gone) {
  EXPECT_EQ(FreeSpace{"/nowhere/at/all"}.look().error().code, Errc::unavailable);
}

}  // namespace
}  // namespace packhouse
