#include "pep/inspect.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>
#include <vector>

#include "command.hpp"

namespace packhouse::app {
namespace {

// Answers are written as soon as their lines are there: a caller may wait for one before it asks the next.
ExitCode run_inspect(InspectKind kind) {
  InspectStream stream(kind);
  std::vector<char> buffer(1U << 16U);
  while (true) {
    const auto count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw std::system_error(errno, std::generic_category(), "reading the standard input");
    const std::string answers =
        count == 0 ? stream.finish() : stream.feed({buffer.data(), static_cast<std::size_t>(count)});
    std::fwrite(answers.data(), 1, answers.size(), stdout);
    if (std::fflush(stdout) != 0) return ExitCode::transient;  // nobody reads on
    if (count == 0) return ExitCode::ok;
  }
}

}  // namespace

void register_inspect(CLI::App& root, Action& chosen) {
  auto* command = root.add_subcommand(
      "inspect",
      "Read versions, requirements, filenames, metadata and the like as the packaging standards say.");
  const auto word = std::make_shared<std::string>();  // shared by the parser and the action
  const auto words = inspect_kind_words();
  command->add_option("kind", *word, "What each line holds")
      ->required()
      ->check(CLI::IsMember(std::vector<std::string>(words.begin(), words.end())));
  command->add_flag("--jsonl")
      ->description("One JSON value a line on stdin, one answer a line on stdout")
      ->required();
  command->callback([word, &chosen] { chosen = [word] { return run_inspect(*parse_inspect_kind(*word)); }; });
}

}  // namespace packhouse::app
