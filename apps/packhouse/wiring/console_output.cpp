#include "wiring/console_output.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <functional>

#include "sys/file_descriptor.hpp"
#include "wiring/environment.hpp"

namespace packhouse::app {
namespace {

std::function<void(std::string_view)> writer(int descriptor) {
  return [descriptor](std::string_view text) { write_all(descriptor, text); };
}

// The runner names a file that each step may add to.
std::function<void(std::string_view)> summary_writer() {
  const auto path = environment_variable("GITHUB_STEP_SUMMARY");
  if (!path) return nullptr;
  return [path = *path](std::string_view text) {
    const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644));
    if (file.valid()) write_all(file.get(), text);
  };
}

}  // namespace

console::ConsoleOptions output_options(bool json) {
  const int text = json ? STDERR_FILENO : STDOUT_FILENO;
  const bool github = environment_variable("GITHUB_ACTIONS") == "true";
  console::ConsoleOptions options{.text = writer(text)};
  if (json) options.document = writer(STDOUT_FILENO);
  options.terminal = !github && ::isatty(text) != 0;
  options.github = github;
  if (github) options.summary = summary_writer();
  return options;
}

void write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(descriptor, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

}  // namespace packhouse::app
