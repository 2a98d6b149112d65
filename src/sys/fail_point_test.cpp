#include "sys/fail_point.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <set>

#include "sys/process.hpp"

namespace packhouse {
namespace {

TEST(FailPoint, has_a_distinct_name_for_every_point) {
  std::set<std::string_view> names;
  for (const FailPoint point : all_fail_points())
    names.insert(to_string(point));
  EXPECT_EQ(names.size(), all_fail_points().size());
  EXPECT_TRUE(names.contains("upload-blob-linked"));
  EXPECT_FALSE(names.contains("unknown"));
}

TEST(FailPoint, passes_when_the_environment_names_none) {
  for (const FailPoint point : all_fail_points())
    reach(point);
  SUCCEED();
}

// Not a separate test: the next test runs this program again with the variable set and only this case.
TEST(FailPointChild, DISABLED_reaches_every_point) {
  for (const FailPoint point : all_fail_points())
    reach(point);
}

Result<ProcessResult> run_child_with(std::string point) {
  return make_process_runner()->run(
      {.arguments = {"/proc/self/exe", "--gtest_also_run_disabled_tests", "--gtest_filter=FailPointChild.*"},
       .environment = {{"PACKHOUSE_FAIL_POINT", std::move(point)}},
       .folder = {}});
}

TEST(FailPoint, ends_the_process_as_a_power_cut_would) {
  for (const FailPoint point : all_fail_points()) {
    const auto result = run_child_with(std::string(to_string(point)));
    ASSERT_TRUE(result.ok()) << result.error().message;
    EXPECT_EQ(result->signal, SIGKILL) << to_string(point);
  }
}

TEST(FailPoint, waits_for_the_time_that_is_named) {
  EXPECT_EQ(run_child_with("journal-line-begun:1")->signal, SIGKILL);
  EXPECT_TRUE(run_child_with("journal-line-begun:2")->succeeded()) << "it is reached once";
}

TEST(FailPoint, ignores_a_name_that_is_no_point) {
  const auto result = run_child_with("upload-unheard-of");
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_TRUE(result->succeeded()) << result->output;
}

}  // namespace
}  // namespace packhouse
