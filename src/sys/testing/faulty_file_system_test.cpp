#include "sys/testing/faulty_file_system.hpp"

#include <gtest/gtest.h>

#include "sys/testing/memory_file_system.hpp"

namespace packhouse {
namespace {

class FaultyDisk : public testing::Test {
 protected:
  FaultyDisk() { EXPECT_TRUE(memory_.make_folders("/d").ok()); }
  MemoryFileSystem memory_;
  FaultyFileSystem disk_{memory_};
};

TEST_F(FaultyDisk, passes_calls_on_and_counts_them) {
  auto file = disk_.create("/d/a");
  ASSERT_TRUE(file.ok());
  EXPECT_TRUE((*file)->write("x").ok());
  EXPECT_TRUE((*file)->sync().ok());
  EXPECT_TRUE(disk_.sync_folder("/d").ok());
  EXPECT_EQ(disk_.calls(), 4U);
  EXPECT_EQ(*memory_.read("/d/a", 1), "x");
}

TEST_F(FaultyDisk, fails_the_one_call_asked_for_before_it_has_any_effect) {
  disk_.fail_call(2);
  auto file = disk_.create("/d/a");
  ASSERT_TRUE(file.ok());
  const auto failed = (*file)->write("lost");
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().code, Errc::unavailable);
  EXPECT_EQ(failed.error().message, "injected fault in call 2, write");
  EXPECT_TRUE((*file)->write("kept").ok());
  EXPECT_EQ(*memory_.read("/d/a", 10), "kept");
}

TEST_F(FaultyDisk, fails_every_call_from_one_on_until_it_recovers) {
  disk_.fail_from(1);
  EXPECT_FALSE(disk_.create("/d/a").ok());
  EXPECT_FALSE(disk_.make_folders("/e").ok());
  disk_.recover();
  EXPECT_TRUE(disk_.create("/d/a").ok());
}

}  // namespace
}  // namespace packhouse
