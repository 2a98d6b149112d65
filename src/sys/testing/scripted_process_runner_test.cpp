#include "sys/testing/scripted_process_runner.hpp"

#include <gtest/gtest.h>

namespace packhouse {
namespace {

Command command(std::vector<std::string> arguments) {
  return {.arguments = std::move(arguments), .environment = {}, .folder = {}};
}

TEST(ScriptedProcessRunner, answers_by_words_of_the_command_line_and_records_it) {
  ScriptedProcessRunner runner;
  runner.when({"pip", "install"}, ProcessResult{.output = "installed", .errors = {}});
  const auto result = runner.run(command({"/venv/bin/pip", "--quiet", "install", "demo"}));
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->output, "installed");
  ASSERT_EQ(runner.commands().size(), 1U);
  EXPECT_EQ(runner.commands().front().arguments.back(), "demo");
}

TEST(ScriptedProcessRunner, prefers_the_later_rule) {
  ScriptedProcessRunner runner;
  runner.when({"pip"}, ProcessResult{.output = {}, .errors = {}});
  runner.when({"pip", "check"}, ProcessResult{.exit_code = 1, .output = {}, .errors = {}});
  EXPECT_EQ(runner.run(command({"pip", "check"}))->exit_code, 1);
  EXPECT_EQ(runner.run(command({"pip", "install"}))->exit_code, 0);
}

TEST(ScriptedProcessRunner, says_not_found_for_what_the_script_does_not_know) {
  ScriptedProcessRunner runner;
  runner.when({"install", "pip"}, ProcessResult{.output = {}, .errors = {}});
  const auto result = runner.run(command({"pip", "install"}));
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().message, "no rule fits the command \"pip install\"");
}

TEST(ScriptedProcessRunner, passes_output_on) {
  ScriptedProcessRunner runner;
  runner.when({"x"}, ProcessResult{.output = "out", .errors = "err"});
  auto asked = command({"x"});
  std::string seen;
  asked.on_output = [&](std::string_view piece) { seen += piece; };
  ASSERT_TRUE(runner.run(asked).ok());
  EXPECT_EQ(seen, "outerr");
}

}  // namespace
}  // namespace packhouse
