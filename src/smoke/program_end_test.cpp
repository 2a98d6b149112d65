#include "smoke/program_end.hpp"

#include <gmock/gmock.h>

namespace packhouse::smoke {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

ProcessResult failed(std::string errors, std::string output) {
  ProcessResult result;
  result.exit_code = 1;
  result.errors = std::move(errors);
  result.output = std::move(output);
  return result;
}

TEST(ProgramEnd, says_why_however_long_the_output_is) {
  std::string progress;
  for (int i = 0; i < 20; ++i)
    progress += "Looking at version " + std::to_string(i) + "\n";
  const auto end =
      describe_end(failed("WARNING: old\nERROR: No matching distribution found for numpy\n", progress), {});
  EXPECT_THAT(end, HasSubstr("ERROR: No matching distribution found for numpy"));
  EXPECT_THAT(end, HasSubstr("Looking at version 19"));
  EXPECT_THAT(end, Not(HasSubstr("Looking at version 13\n")));
}

TEST(ProgramEnd, shows_the_end_of_either_stream) {
  EXPECT_EQ(describe_end(failed("", "boom\n"), {}), "exit 1: \"boom\"");
  EXPECT_EQ(describe_end(failed("boom\n", ""), {}), "exit 1: \"boom\"");
  EXPECT_EQ(describe_end(failed("", ""), {}), "exit 1");
}

}  // namespace
}  // namespace packhouse::smoke
