#include "model/file.hpp"

#include <gtest/gtest.h>

namespace packhouse {
namespace {

TEST(FileKind, names_and_values_agree_both_ways) {
  for (const FileKind kind : {FileKind::wheel, FileKind::sdist}) {
    const auto parsed = parse_file_kind(to_string(kind));
    ASSERT_TRUE(parsed.ok());
    EXPECT_EQ(*parsed, kind);
  }
}

TEST(FileKind, refuses_another_name) {
  const auto parsed = parse_file_kind("bdist_wheel");
  ASSERT_FALSE(parsed.ok());
  EXPECT_EQ(parsed.error().message, "expected \"wheel\" or \"sdist\", found \"bdist_wheel\"");
}

}  // namespace
}  // namespace packhouse
