#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "sys/process.hpp"

namespace packhouse {

/// A ProcessRunner that starts nothing: it records the commands and answers from a script. Several
/// threads may run commands; all else is done before or after.
class ScriptedProcessRunner final : public ProcessRunner {
 public:
  using Answer = std::function<Result<ProcessResult>(const Command&)>;

  /// Answers every command among whose arguments `words` stand in this order, with others between them or
  /// not; the program counts by its file name, so {"pip", "install"} means "/any/where/pip install x". A
  /// later rule goes before an earlier one.
  void when(std::vector<std::string> words, Answer answer);
  void when(std::vector<std::string> words, ProcessResult result);

  /// not_found for a command that no rule fits. Passes the answer's output on as the real runner does.
  Result<ProcessResult> run(const Command& command) override;

  Status try_namespaces() override { return namespaces; }
  /// What the machine allows.
  Status namespaces = success();

  /// All that were run, in order.
  const std::vector<Command>& commands() const noexcept { return commands_; }

 private:
  struct Rule {
    std::vector<std::string> words;
    Answer answer;
  };
  std::vector<Rule> rules_;
  std::mutex recording_;
  std::vector<Command> commands_;
};

/// What a program that ended by itself gives.
ProcessResult exited(int code, std::string output = {});

}  // namespace packhouse
