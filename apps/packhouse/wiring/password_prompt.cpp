#include "wiring/password_prompt.hpp"

#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <string_view>

namespace packhouse::app {
namespace {

constexpr std::size_t longest_line = 4096;

/// While it lives, the terminal at stdin shows nothing of what is typed.
class EchoOff {
 public:
  EchoOff() {
    ::tcgetattr(STDIN_FILENO, &before_);
    auto silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  ~EchoOff() { ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_); }
  EchoOff(const EchoOff&) = delete;
  EchoOff& operator=(const EchoOff&) = delete;

 private:
  termios before_{};
};

/// Byte by byte past any buffer, so that no copy of it stays behind.
Secret read_line() {
  std::string line;
  line.reserve(longest_line);
  char byte = 0;
  while (line.size() < longest_line && ::read(STDIN_FILENO, &byte, 1) == 1 && byte != '\n')
    line += byte;
  return Secret{std::move(line)};
}

Secret ask(std::string_view prompt) {
  const EchoOff silent;
  fmt::print(stderr, "{}", prompt);
  std::fflush(stderr);
  auto typed = read_line();
  fmt::print(stderr, "\n");
  return typed;
}

}  // namespace

Result<Secret> read_new_password() {
  const bool terminal = ::isatty(STDIN_FILENO) == 1;
  auto password = terminal ? ask("password: ") : read_line();
  if (password.empty()) {
    return Error{Errc::invalid_input, "expected a password on stdin, found nothing",
                 "type it at the prompt, or pipe it in"};
  }
  if (terminal && !(ask("again: ") == password)) {
    return Error{Errc::invalid_input, "the two passwords differ"};
  }
  return password;
}

}  // namespace packhouse::app
