#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>
#include <vector>

#include "commands/commands.hpp"
#include "commands/inspect_stream.hpp"

namespace packhouse::app {
namespace {

struct InspectOptions {
  std::string kind;
  bool jsonl = false;
};

// Answers are written as soon as their lines are there: a caller may wait for one before it asks the next.
ExitCode run_inspect(const InspectOptions& options) {
  InspectStream stream(*parse_inspect_kind(options.kind));
  std::vector<char> buffer(1U << 16U);
  while (true) {
    const auto count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw std::system_error(errno, std::generic_category(), "reading the standard input");
    const std::string answers =
        count == 0 ? stream.finish() : stream.feed({buffer.data(), static_cast<std::size_t>(count)});
    std::fwrite(answers.data(), 1, answers.size(), stdout);
    if (std::fflush(stdout) != 0) return ExitCode::transient;  // the reader has gone
    if (count == 0) return ExitCode::ok;
  }
}

}  // namespace

void register_inspect(Command root) {
  const auto options = std::make_shared<InspectOptions>();  // shared by the parser and the action
  const auto command = root.command(
      "inspect",
      "Read versions, requirements, filenames, metadata and the like as the packaging standards say", options,
      run_inspect);
  const auto words = inspect_kind_words();
  command.choice("kind", options->kind, {words.begin(), words.end()}, "What each line holds").required();
  command.flag("--jsonl", options->jsonl, "One JSON value a line on stdin, one answer a line on stdout")
      .required();
}

}  // namespace packhouse::app
