#include "api/spool.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include "sys/temporary_folder.hpp"

namespace packhouse::api {
namespace {

class SpoolTest : public ::testing::Test {
 protected:
  static std::string bytes_of(const SpooledBody& body) {
    if (!body.file.valid()) return body.text;
    std::string bytes(body.size + 1, '\0');
    const auto count = ::pread(body.file.get(), bytes.data(), bytes.size(), 0);
    EXPECT_EQ(count, static_cast<ssize_t>(body.size));
    bytes.resize(body.size);
    return bytes;
  }

  TemporaryFolder folder_ = *TemporaryFolder::make();
};

TEST_F(SpoolTest, keeps_few_bytes_in_memory) {
  Spool spool(folder_.path(), 10);
  ASSERT_TRUE(spool.write("01234").ok());
  ASSERT_TRUE(spool.write("56789").ok());
  const auto body = spool.finish();
  ASSERT_TRUE(body.ok());
  EXPECT_FALSE(body->file.valid());
  EXPECT_EQ(body->text, "0123456789");
  EXPECT_EQ(body->size, 10U);
}

TEST_F(SpoolTest, puts_many_bytes_into_a_file_without_a_name) {
  Spool spool(folder_.path(), 10);
  std::string all;
  for (int i = 0; i < 100'000; ++i) {
    const auto piece = std::to_string(i);
    all += piece;
    ASSERT_TRUE(spool.write(piece).ok());
  }
  const auto body = spool.finish();
  ASSERT_TRUE(body.ok());
  EXPECT_TRUE(body->file.valid());
  EXPECT_TRUE(body->text.empty());
  EXPECT_EQ(bytes_of(*body), all);
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST_F(SpoolTest, fails_where_the_disk_takes_no_more) {
  Spool spool(folder_.path() / "absent", 10);
  EXPECT_TRUE(spool.write("few").ok());
  const auto status = spool.write("more than ten");
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, Errc::unavailable);
}

}  // namespace
}  // namespace packhouse::api
