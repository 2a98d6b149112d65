#include "index/usage.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "index/remove.hpp"
#include "index/testing/test_index.hpp"

namespace packhouse::index {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class UsageTest : public ::testing::Test {
 protected:
  std::uint64_t publish(std::string_view name, std::string_view version) {
    const auto bytes = wheel_bytes(name, version);
    EXPECT_TRUE(site_.add(wheel_filename(name, version), bytes).ok());
    return bytes.size();
  }

  Usage usage() { return read_usage(*site_.store, *site_.blobs, site_.clock.now(), 10).value(); }

  std::vector<std::string> scarce(const Quotas& quotas) {
    std::vector<std::string> names;
    for (const auto& each : scarce_limits(site_.store->usage(), "main", quotas).value())
      names.push_back(each.subject + " " + each.limit);
    return names;
  }

  TestIndex site_;
};

TEST_F(UsageTest, counts_what_an_index_holds_and_when_it_came) {
  const auto old = publish("demo", "1.0");
  site_.clock.sleep(std::chrono::days{20});
  const auto recent = publish("demo", "2.0") + publish("other", "1.0");
  const auto found = usage();
  ASSERT_EQ(found.indexes.size(), 1U);
  EXPECT_EQ(found.indexes.front().projects, 2U);
  EXPECT_EQ(found.indexes.front().files, 3U);
  EXPECT_EQ(found.indexes.front().bytes, old + recent);
  ASSERT_EQ(found.largest.size(), 2U);
  EXPECT_EQ(found.largest.front().project, "demo");
  EXPECT_EQ(found.largest.front().files, 2U);
  EXPECT_EQ(found.week.files, 2U);
  EXPECT_EQ(found.week.bytes, recent);
  EXPECT_EQ(found.month.bytes, old + recent);
  EXPECT_EQ(found.stored.unneeded, 0U);
  EXPECT_GE(found.stored.bytes, old + recent);
}

TEST_F(UsageTest, bytes_of_deleted_files_stay_until_they_are_collected) {
  const auto size = publish("demo", "1.0");
  const auto context = site_.context(site_.listener);
  const Actor console{.kind = "console", .id = "ada", .address = {}};
  ASSERT_TRUE(remove_file(context, "demo", wheel_filename("demo", "1.0"), "old", console).ok());
  const auto found = usage();
  EXPECT_EQ(found.indexes.front().bytes, 0U);
  EXPECT_THAT(found.largest, IsEmpty());
  EXPECT_EQ(found.stored.unneeded, 2U) << "the wheel and its METADATA";
  EXPECT_GT(found.stored.unneeded_bytes, size);
  EXPECT_EQ(found.to_json().at("stored").at("unneeded_blobs"), json::Value(2));
}

TEST_F(UsageTest, names_limits_of_which_four_fifths_are_used) {
  std::uint64_t bytes = 0;
  for (const auto* version : {"1.0", "2.0", "3.0", "4.0"})
    bytes += publish("demo", version);
  EXPECT_THAT(scarce({}), IsEmpty());
  EXPECT_THAT(scarce({.files_per_project = 5}), ElementsAre("main/demo files-per-project"));
  EXPECT_THAT(scarce({.files_per_project = 6}), IsEmpty());
  EXPECT_THAT(scarce({.project_size = bytes}), ElementsAre("main/demo project-size"));
  EXPECT_THAT(scarce({.index_size = bytes + 1}), ElementsAre("main index-size"));
  EXPECT_THAT(scarce({.projects = 1}), ElementsAre("main projects"));
  const auto shares = limit_shares(usage().indexes.front(), {.files_per_project = 8, .project_size = bytes});
  EXPECT_EQ(shares.at(1).share, 0.5);
  EXPECT_EQ(shares.at(2).share, 1.0);
  EXPECT_EQ(shares.at(3).share, 0.0) << "no limit";
}

}  // namespace
}  // namespace packhouse::index
