#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "command_description.hpp"
#include "exit_code.hpp"

// Only command_line.cpp includes CLI11, which costs seconds a file.
namespace CLI {  // NOLINT(readability-identifier-naming): as CLI11 names it
class App;
class Option;
}  // namespace CLI

namespace packhouse::app {

/// What a command does once the whole command line has been read.
using Action = std::function<ExitCode()>;

/// An option or a positional argument. A handle: copies name the same option, which lives as long as its
/// CommandLine.
class Option {
 public:
  Option required() const;
  /// The word that stands for the value in the help.
  Option placeholder(const char* word) const;
  /// Shows the target's present value in the help.
  Option show_default() const;
  /// Refused unless `other` is given too.
  Option needs(Option other) const;
  /// Refused if `other` is given too.
  Option excludes(Option other) const;

 private:
  friend class Command;
  explicit Option(CLI::Option* option) noexcept : option_(option) {}

  CLI::Option* option_;
};

/// A command, a group of commands or a group of options. A handle, as Option is. Targets must live as long as
/// the CommandLine; a name without dashes is a positional argument.
class Command {
 public:
  /// The commands that are added from now on stand below that line of the help.
  void heading(const char* title) const;
  /// A group of commands, of which one must be named.
  Command group(const char* name, const char* about) const;
  /// A command; `run` takes its options, which the parser fills, and returns an ExitCode, a
  /// Result<ExitCode> or a Status.
  template <typename Options, typename Run>
  Command command(const char* name, const char* about, const std::shared_ptr<Options>& options,
                  Run run) const {
    return add(name, about, [options, run = std::move(run)] { return finish(run(*options)); });
  }
  Command command(const char* name, const char* about, Action action) const {
    return add(name, about, std::move(action));
  }

  Option text(const char* name, std::string& target, const char* about) const;
  Option text(const char* name, std::optional<std::string>& target, const char* about) const;
  /// May be given several times.
  Option list(const char* name, std::vector<std::string>& target, const char* about) const;
  Option number(const char* name, std::int64_t& target, const char* about) const;
  Option number(const char* name, std::optional<std::int64_t>& target, const char* about) const;
  Option flag(const char* name, bool& target, const char* about) const;
  /// One of `words`.
  Option choice(const char* name, std::string& target, std::vector<std::string> words,
                const char* about) const;

  /// Refused unless exactly one of `options` is given; `what` names them in the message.
  void require_one(std::vector<Option> options, std::string what) const;

  /// It and all below it, as they were built so far.
  CommandDescription describe() const;

 private:
  friend class CommandLine;
  struct Node;
  explicit Command(Node& node) noexcept : node_(&node) {}
  Command add(const char* name, const char* about, Action action) const;

  Node* node_;
};

/// The program's command line.
class CommandLine {
 public:
  CommandLine(const char* about, const char* version);
  ~CommandLine();
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  /// The place of the commands.
  Command root() noexcept;
  /// Adds to the help of the command that these words name: "packhouse token create --label …".
  void add_example(std::string_view words);
  /// Reads the words and runs the command that they name; prints the help or the version if asked. `usage`,
  /// and on stderr what is wrong with the words and which command or option is the nearest, if they are
  /// wrong.
  ExitCode run(int argc, const char* const* argv);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace packhouse::app
