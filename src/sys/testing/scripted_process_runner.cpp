#include "sys/testing/scripted_process_runner.hpp"

#include <algorithm>
#include <ranges>
#include <span>

#include "base/text.hpp"

namespace packhouse {
namespace {

bool fits(std::span<const std::string> words, const Command& command) {
  std::size_t next = 0;
  for (std::size_t i = 0; i < command.arguments.size() && next < words.size(); ++i) {
    const std::string& argument = command.arguments[i];
    if (argument == words[next] || (i == 0 && Path{argument}.filename() == words[next])) ++next;
  }
  return next == words.size();
}

}  // namespace

void ScriptedProcessRunner::when(std::vector<std::string> words, Answer answer) {
  rules_.push_back({std::move(words), std::move(answer)});
}

void ScriptedProcessRunner::when(std::vector<std::string> words, ProcessResult result) {
  when(std::move(words), Answer{[result = std::move(result)](const Command&) { return result; }});
}

Result<ProcessResult> ScriptedProcessRunner::run(const Command& command) {
  {
    const std::lock_guard lock(recording_);
    commands_.push_back(command);
  }
  for (const Rule& rule : rules_ | std::views::reverse) {
    if (!fits(rule.words, command)) continue;
    auto result = rule.answer(command);
    if (result.ok() && command.on_output) {
      if (!result->output.empty()) command.on_output(result->output);
      if (!result->errors.empty()) command.on_output(result->errors);
    }
    return result;
  }
  return Error{Errc::not_found, "no rule fits the command " + quote(join(command.arguments, " "), 300)};
}

ProcessResult exited(int code, std::string output) {
  return {.exit_code = code,
          .signal = 0,
          .timed_out = false,
          .output = std::move(output),
          .errors = {},
          .dropped = 0};
}

}  // namespace packhouse
